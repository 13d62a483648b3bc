import type { Series } from './series'

/** The index of the time nearest to `time`, or -1 in an empty list. `times` rise. */
export function nearest(times: readonly number[], time: number): number {
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < time) low = middle + 1
    else high = middle
  }
  const before = times[low - 1]
  const at = times[low]
  if (before !== undefined && at !== undefined && time - before <= at - time) return low - 1
  return at === undefined ? -1 : low
}

/** The value of the sample nearest to `time`, if it is not further away than `reach` ms. */
export function valueAt(series: Series, time: number, reach: number): number | null {
  const i = nearest(series.t, time)
  if (i < 0 || Math.abs((series.t[i] as number) - time) > reach) return null
  return series.v[i] ?? null
}
