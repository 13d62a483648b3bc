import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { chartOptions, type Line, type Live } from './options'
import type { Aligned } from './series'

type Chart = { height: number; lines: readonly Line[]; timeAxis: boolean; ticks: number; syncKey: string }

/** Keep one uPlot in `host`: made once, resized with its host, given new data and a new view as they come. */
export function useUplot(host: RefObject<HTMLDivElement | null>, chart: Chart, data: Aligned, live: Live) {
  const [plot, setPlot] = useState<uPlot | null>(null)
  const latest = useRef(live)
  latest.current = live
  const { height, lines, timeAxis, ticks, syncKey } = chart

  useLayoutEffect(() => {
    const element = host.current
    if (!element) return
    const options = chartOptions({ height, lines, timeAxis, ticks, syncKey }, () => latest.current)
    const made = new uPlot(
      { ...options, width: element.clientWidth || 600 },
      [[], ...lines.map(() => [])],
      element,
    )
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    setPlot(made)
    return () => {
      observer.disconnect()
      made.destroy()
      setPlot(null)
    }
  }, [host, height, lines, timeAxis, ticks, syncKey])

  const { start, end } = live.axis
  const [low, high] = live.extent
  const levels = live.levels
  // The scales and levels are read through `latest`; the effect redraws when any of them changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    plot?.setData([data.t, ...data.columns] as uPlot.AlignedData)
  }, [plot, data, start, end, low, high, levels])

  return plot
}
