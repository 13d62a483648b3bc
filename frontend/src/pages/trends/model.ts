/** An answer of the API made ready to draw: what the charts and the legend show of one channel. */

import type { AnomalyEvent, Compare, LimitSet } from '../../api/types'
import type { Level } from '../../charts/levels'
import type { Line } from '../../charts/options'
import type { Shade } from '../../charts/Shades'
import { breakAtSilence, EMPTY, type Series } from '../../charts/series'
import type { Span } from '../../charts/spans'
import { formatNumber } from '../../format/number'
import { formatDateTime, formatSpan, toMs } from '../../format/time'
import { inOrder, modelLook } from './names'

/** `steps`: the series has a value between its points too, that of the nearest. */
export type Trace = Line & { id: string; series: Series; steps?: boolean }

/** A line breaks where more samples than these are missing in a row. */
const MISSING_TO_BREAK = 1.5
/** Samples that decimation keeps of each bucket: first, lowest, highest, last. */
const KEPT_PER_BUCKET = 4

/** The longest silence, in ms, across which a line is still drawn. */
export function longestSilence(series: Series, cadence: number, decimated: boolean): number {
  const { t } = series
  const length = (t.at(-1) ?? 0) - (t[0] ?? 0)
  const bucket = decimated && t.length > KEPT_PER_BUCKET ? (length / t.length) * KEPT_PER_BUCKET : 0
  return Math.max(MISSING_TO_BREAK * cadence, 2 * bucket)
}

/** Telemetry first, then one trace per model. */
export function traces(compare: Compare): Trace[] {
  const ready = (series: Series) =>
    breakAtSilence(series, longestSilence(series, compare.cadence_ms, compare.decimated))
  const models = inOrder(Object.keys(compare.forecasts)).map(model => {
    const series = compare.forecasts[model] ?? EMPTY
    const { name, color, dash } = modelLook(model)
    return {
      id: model,
      label: name,
      color,
      width: 1.25,
      series: ready(series),
      ...(dash ? { dash } : {}),
    }
  })
  return [
    { id: 'raw', label: 'Telemetry', color: '--raw', width: 1.6, series: ready(compare.raw) },
    ...models,
  ]
}

/** The scores, and the threshold of each judgement as steps. */
export function scoreTraces(compare: Compare): Trace[] {
  const scores = breakAtSilence(
    compare.scores,
    longestSilence(compare.scores, compare.cadence_ms, compare.decimated),
  )
  return [
    { id: 'score', label: 'Score', color: '--text', width: 1.25, series: scores },
    {
      id: 'threshold',
      label: 'Threshold',
      color: '--warning',
      width: 1.25,
      dash: [5, 4],
      series: thresholds(compare),
      steps: true,
    },
  ]
}

function thresholds({ judgements }: Compare): Series {
  const t: number[] = []
  const v: (number | null)[] = []
  for (const judged of [...judgements].sort((a, b) => toMs(a.from) - toMs(b.from))) {
    const from = Math.max(toMs(judged.from), (t.at(-1) ?? 0) + 1)
    const to = toMs(judged.to)
    if (to <= from) continue
    t.push(from, to, to + 1)
    v.push(judged.threshold, judged.threshold, null)
  }
  return { t, v }
}

const LEVELS: [keyof LimitSet, string, string][] = [
  ['critical_high', 'critical high', '--critical'],
  ['warning_high', 'warning high', '--warning'],
  ['warning_low', 'warning low', '--warning'],
  ['critical_low', 'critical low', '--critical'],
]

export function limitLevels(limits: LimitSet): Level[] {
  return LEVELS.flatMap(([key, name, color]) => {
    const value = limits[key]
    return value === null || value === undefined
      ? []
      : [{ value, color, label: `${name} ${formatNumber(value)}` }]
  })
}

export function shadeOf(event: AnomalyEvent): Shade {
  return {
    id: event.event_id,
    start: toMs(event.start),
    end: toMs(event.end),
    severity: event.severity,
    label: eventLabel(event),
  }
}

/** An event in one line: `Critical anomaly of battery_temp, … UTC: explanation`. */
export function eventLabel(event: AnomalyEvent): string {
  const severity = event.severity === 'critical' ? 'Critical' : 'Warning'
  return `${severity} anomaly of ${event.channel}, ${formatSpan(event.start, event.end)} UTC: ${event.explanation}`
}

/** The main chart in words, for those who do not see it. */
export function chartLabel(compare: Compare): string {
  const { channel, samples, events } = compare
  const found =
    events.length === 0 ? 'no anomaly' : events.length === 1 ? '1 anomaly' : `${events.length} anomalies`
  const span = `${formatDateTime(compare.from)} to ${formatDateTime(compare.to)} UTC`
  return `${channel}, telemetry against forecasts, ${span}: ${formatNumber(samples, 9)} samples, ${found}`
}

export function axisOf(compare: Compare): Span {
  return { start: toMs(compare.from), end: toMs(compare.to) }
}

/** How often telemetry was silent, and how many of these gaps the answer lists where that is not all of them. */
export function gapsText({ gaps, gaps_total: total }: Pick<Compare, 'gaps' | 'gaps_total'>): string {
  if (total === 0) return ''
  const said = `${formatNumber(total, 9)} ${total === 1 ? 'gap' : 'gaps'}`
  return gaps.length < total
    ? `${said}, of which the ${formatNumber(gaps.length, 9)} longest are listed. `
    : `${said}. `
}
