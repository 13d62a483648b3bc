"""Reports: one self-contained HTML file with a picture per channel, made without any other library."""
