"""Series: ranges, decimation, statistics, cache."""
