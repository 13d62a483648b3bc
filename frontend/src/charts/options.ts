import uPlot from 'uplot'
import { formatNumber } from '../format/number'
import { formatTick } from '../format/time'
import { drawLevels, type Level } from './levels'
import { lonely } from './series'
import type { Span } from './spans'
import { chartFont, cssVariable } from './theme'

export type Line = { label: string; color: string; width?: number; dash?: number[] }

/** What a chart reads at drawing time; it changes without the chart being made anew. */
export type Live = {
  axis: Span
  extent: [number, number]
  levels: readonly Level[]
  onZoom: (span: Span) => void
  onZoomOut: () => void
  onCursor: (time: number | null) => void
}

type Frame = { height: number; lines: readonly Line[]; timeAxis: boolean; ticks: number; syncKey: string }

/** Width of the value axis in CSS pixels, the same for all charts so that their time axes line up. */
const VALUE_AXIS = 64
const SHORTEST_SELECTION = 6
/** Diameter, in CSS pixels, of a sample that no line reaches. */
const LONELY_SIZE = 5
/** How near, in CSS pixels, a sample must be to the cursor to be marked. */
const HOVER_REACH = 12

export function chartOptions(frame: Frame, live: () => Live): Omit<uPlot.Options, 'width'> {
  const axisColors = { stroke: cssVariable('--text-muted'), font: chartFont(11) }
  const grid = { stroke: cssVariable('--line'), width: 1 }
  return {
    height: frame.height,
    ms: 1,
    tzDate: time => uPlot.tzDate(new Date(time), 'Etc/UTC'),
    padding: [12, 14, frame.timeAxis ? 0 : 8, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [live().axis.start, live().axis.end] },
      y: { range: () => live().extent },
    },
    series: [
      {},
      ...frame.lines.map(line => ({
        stroke: cssVariable(line.color),
        width: line.width ?? 1.5,
        points: {
          show: false, // but for those of the filter
          filter: (u: uPlot, column: number) => lonely(u.data[column] ?? []),
          size: LONELY_SIZE,
          width: 0,
          fill: cssVariable(line.color),
        },
        ...(line.dash ? { dash: line.dash } : {}),
      })),
    ],
    axes: [
      {
        ...axisColors,
        grid,
        show: true,
        size: frame.timeAxis ? 30 : 0,
        ticks: { show: frame.timeAxis, stroke: cssVariable('--line-strong'), size: 4, width: 1 },
        space: 80,
        values: (_u, times, _axis, _space, step) =>
          frame.timeAxis ? times.map(time => formatTick(time, step)) : times.map(() => ''),
      },
      {
        ...axisColors,
        grid,
        size: VALUE_AXIS,
        space: frame.ticks,
        ticks: { show: false },
        values: (_u, values) => values.map(value => formatNumber(value)),
      },
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: SHORTEST_SELECTION },
      sync: { key: frame.syncKey, setSeries: false, scales: ['x', null] },
      points: { size: 7, width: 0 },
      hover: { prox: HOVER_REACH },
      bind: { dblclick: () => () => zoomOut(live()) },
    },
    hooks: {
      draw: [drawLevels(() => live().levels)],
      setCursor: [u => live().onCursor(cursorTime(u))],
      setSelect: [u => selected(u, live())],
    },
  }
}

function cursorTime(u: uPlot): number | null {
  const { left, idx } = u.cursor
  if (left === undefined || left < 0 || idx === null || idx === undefined) return null
  return u.data[0][idx] ?? null
}

function zoomOut(live: Live): null {
  live.onZoomOut()
  return null
}

function selected(u: uPlot, live: Live) {
  const { left, width } = u.select
  if (width < SHORTEST_SELECTION) return
  live.onZoom({ start: Math.round(u.posToVal(left, 'x')), end: Math.round(u.posToVal(left + width, 'x')) })
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}
