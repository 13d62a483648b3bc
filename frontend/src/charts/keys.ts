import type uPlot from 'uplot'
import type { Span } from './spans'

type View = { axis: Span; onZoom: (span: Span) => void; onZoomOut: () => void }

/** Do what a key means on a chart; false when it means nothing. */
export function cursorKey(key: string, plot: uPlot, view: View): boolean {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      step(plot, key === 'ArrowLeft' ? -1 : 1)
      return true
    case '+':
    case '=':
      view.onZoom(scaled(view.axis, plot, 0.5))
      return true
    case '-':
      view.onZoom(scaled(view.axis, plot, 2))
      return true
    case 'Escape':
      view.onZoomOut()
      return true
    default:
      return false
  }
}

function step(plot: uPlot, by: number) {
  const times = plot.data[0]
  const now = plot.cursor.idx ?? Math.floor(times.length / 2)
  const next = times[Math.min(Math.max(now + by, 0), times.length - 1)]
  if (next !== undefined) plot.setCursor({ left: plot.valToPos(next, 'x'), top: 0 })
}

/** The axis made `factor` times as long about the cursor, or about its middle. */
function scaled(axis: Span, plot: uPlot, factor: number): Span {
  const at = plot.cursor.idx ?? null
  const centre = (at === null ? undefined : plot.data[0][at]) ?? (axis.start + axis.end) / 2
  return {
    start: Math.round(centre - (centre - axis.start) * factor),
    end: Math.round(centre + (axis.end - centre) * factor),
  }
}
