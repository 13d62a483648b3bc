import { paddedExtent, type Series } from './series'

export type { Series } from './series'

/** An SVG path through a series in a box of this size; broken where samples are missing. */
export function sparkPath(series: Series, width: number, height: number): string {
  const first = series.t[0]
  const last = series.t.at(-1)
  const extent = paddedExtent([series.v])
  if (first === undefined || last === undefined || extent === null) return ''
  const [low, high] = extent
  const x = (time: number) => ((time - first) / Math.max(last - first, 1)) * width
  const y = (value: number) => height - ((value - low) / (high - low)) * height
  let pen = 'M'
  return series.t
    .flatMap((time, i) => {
      const value = series.v[i]
      if (value === null || value === undefined) {
        pen = 'M'
        return []
      }
      const step = `${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`
      pen = 'L'
      return [step]
    })
    .join('')
}
