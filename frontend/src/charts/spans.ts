/** Spans of event time that are shaded on a chart. */

export type Severity = 'warning' | 'critical'
export type Span = { start: number; end: number }
export type Box = { left: number; width: number }

/** A span's place on a time axis in percent of its width; null when it lies outside. At least `min` percent wide. */
export function place(span: Span, axis: Span, min = 0.4): Box | null {
  const length = axis.end - axis.start
  if (length <= 0 || span.end < axis.start || span.start > axis.end) return null
  const left = ((Math.max(span.start, axis.start) - axis.start) / length) * 100
  const right = ((Math.min(span.end, axis.end) - axis.start) / length) * 100
  const width = Math.max(right - left, min)
  return { left: Math.min(left - (width - (right - left)) / 2, 100 - width), width }
}

/** The span with as much again around it, and at least `least` ms long: what a reader wants to see of an event. */
export function withContext(span: Span, least: number): Span {
  const length = span.end - span.start
  const margin = Math.max(length, (least - length) / 2)
  return { start: Math.round(span.start - margin), end: Math.round(span.end + margin) }
}
