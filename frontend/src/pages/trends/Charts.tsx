import { useMemo, useState } from 'react'
import type { Compare } from '../../api/types'
import { levelsInReach } from '../../charts/levels'
import type { Shade } from '../../charts/Shades'
import { align, paddedExtent } from '../../charts/series'
import { withContext } from '../../charts/spans'
import { TimeChart } from '../../charts/TimeChart'
import { formatDateTime } from '../../format/time'
import styles from './Charts.module.css'
import { Legend } from './Legend'
import { axisOf, chartLabel, limitLevels, scoreTraces, shadeOf, traces } from './model'
import { Ribbon } from './Ribbon'
import type { View } from './url-state'
import type { SetView } from './use-view'

export const MAIN_HEIGHT = 300
export const SCORE_HEIGHT = 124
const CONTEXT_MS = 30 * 60_000
const SYNC = 'trend'

type Props = { compare: Compare; unit: string; setView: SetView }

/** The two charts on one time axis, with a shared cursor whose values the legend shows. */
export function Charts({ compare, unit, setView }: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [cursor, setCursor] = useState<number | null>(null)
  const main = useMemo(() => drawn(traces(compare), hidden, limitLevels(compare.limits)), [compare, hidden])
  const score = useMemo(() => drawnScores(compare), [compare])
  const axis = useMemo(() => axisOf(compare), [compare])
  const shades = useMemo(() => compare.events.map(shadeOf), [compare])

  const time = cursor ?? newest(compare)
  const read = { time, reach: compare.cadence_ms * 2 }
  const common = {
    axis,
    syncKey: SYNC,
    onZoom: (zoom: View['zoom']) => setView({ zoom }),
    onZoomOut: () => setView({ zoom: null }),
    onCursor: setCursor,
  }
  const zoomOnto = (shade: Shade) => setView({ zoom: withContext(shade, CONTEXT_MS) })
  return (
    <div className={styles.charts}>
      <div className={styles.row}>
        <Legend
          {...read}
          label="Lines of the chart"
          traces={main.all}
          unit={unit}
          toggle={{ hidden, onToggle: id => setHidden(toggled(hidden, id)) }}
        />
      </div>
      <TimeChart
        {...common}
        label={chartLabel(compare)}
        height={MAIN_HEIGHT}
        data={main.data}
        lines={main.lines}
        extent={main.extent}
        levels={main.levels}
        shades={shades}
        shadesLabel="Anomalies in the chart"
        onSelect={zoomOnto}
        timeAxis={false}
      />
      <Ribbon judgements={compare.judgements} axis={axis} />
      <div className={styles.row}>
        <Legend {...read} label="Lines of the score chart" traces={score.all} unit="" />
        <output aria-label="Time of the values" className={styles.time}>
          {cursor === null && <span>newest </span>}
          {time !== null && `${formatDateTime(time)} UTC`}
        </output>
      </div>
      <TimeChart
        {...common}
        label={`${compare.channel}, anomaly score against its threshold`}
        height={SCORE_HEIGHT}
        data={score.data}
        lines={score.lines}
        extent={score.extent}
        shades={shades}
        shadesLabel="Anomalies in the score chart"
        ticks={24}
      />
      <p className={styles.utc} aria-hidden>
        UTC
      </p>
    </div>
  )
}

function newest({ raw, scores }: Compare): number | null {
  return raw.t.at(-1) ?? scores.t.at(-1) ?? null
}

function drawn(
  all: ReturnType<typeof traces>,
  hidden: ReadonlySet<string>,
  limits: ReturnType<typeof limitLevels>,
) {
  // Telemetry is drawn last: a forecast shows where it differs.
  const lines = all.filter(trace => !hidden.has(trace.id)).reverse()
  const data = align(lines.map(trace => trace.series))
  const plain = paddedExtent(data.columns, [], 0)
  const levels = levelsInReach(limits, plain)
  const extent = paddedExtent(
    data.columns,
    levels.map(level => level.value),
  ) ?? [0, 1]
  return { all, lines, data, levels, extent }
}

function drawnScores(compare: Compare) {
  const all = scoreTraces(compare)
  const data = align(all.map(trace => trace.series))
  const top = paddedExtent(data.columns, [0, 1])?.[1] ?? 1
  return { all, lines: all, data, extent: [0, top] as [number, number] }
}

function toggled(hidden: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(hidden)
  if (!next.delete(id)) next.add(id)
  return next
}
