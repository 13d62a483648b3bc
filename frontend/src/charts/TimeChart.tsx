import 'uplot/dist/uPlot.min.css'
import { type KeyboardEvent, useRef } from 'react'
import { cursorKey } from './keys'
import type { Level } from './levels'
import type { Line } from './options'
import { type Shade, Shades } from './Shades'
import type { Aligned } from './series'
import type { Span } from './spans'
import styles from './TimeChart.module.css'
import { useUplot } from './use-uplot'

type Props = {
  /** What the chart shows, in words: its accessible name. */
  label: string
  height: number
  axis: Span
  data: Aligned
  lines: readonly Line[]
  extent: [number, number]
  levels?: readonly Level[]
  shades?: readonly Shade[]
  shadesLabel?: string
  timeAxis?: boolean
  /** Least distance of value ticks in CSS pixels. */
  ticks?: number
  syncKey: string
  onZoom: (span: Span) => void
  onZoomOut: () => void
  onCursor: (time: number | null) => void
  onSelect?: (shade: Shade) => void
}

const NONE: never[] = []

/** Lines over event time (UTC): drag to zoom, double-click to zoom out, arrow keys to read sample by sample. */
export function TimeChart(props: Props) {
  const { axis, data, lines, height, timeAxis = true, ticks = 36, syncKey } = props
  const { extent, levels = NONE, onZoom, onZoomOut, onCursor } = props
  const host = useRef<HTMLDivElement>(null)
  const live = { axis, extent, levels, onZoom, onZoomOut, onCursor }
  const plot = useUplot(host, { height, lines, timeAxis, ticks, syncKey }, data, live)

  const onKeyDown = (event: KeyboardEvent) => {
    if (plot && cursorKey(event.key, plot, live)) event.preventDefault()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of a chart need its focus
      tabIndex={0}
      aria-label={props.label}
      aria-keyshortcuts="ArrowLeft ArrowRight + - Escape"
      className={styles.chart}
      onKeyDown={onKeyDown}
    >
      <div ref={host} style={{ height }} />
      {plot && props.shades && (
        <Shades
          shades={props.shades}
          axis={axis}
          label={props.shadesLabel ?? 'Shaded spans'}
          under={plot.under}
          over={plot.over}
          onSelect={props.onSelect}
        />
      )}
    </div>
  )
}
