/** What judged a span: the versions of the models and the calibration, and the batches that they judged. */

import type { Compare } from '../../api/types'
import type { Span } from '../../charts/spans'
import { formatDateTime, formatSpan, toMs } from '../../format/time'
import { inOrder } from './names'

type Judgement = Compare['judgements'][number]
export type Calibration = NonNullable<Judgement['calibration']>
export type Judge = {
  id: string
  models: [model: string, version: string][]
  calibration: Calibration | null
  batches: string[]
  span: Span
}

const SHORT = 12

/** Each combination of models and calibration once, that of the newest batch first. */
export function judgesOf(judgements: readonly Judgement[]): Judge[] {
  const judges = new Map<string, Judge>()
  for (const judged of [...judgements].sort((a, b) => toMs(b.to) - toMs(a.to))) {
    const models = inOrder(Object.keys(judged.models)).map((model): Judge['models'][number] => [
      model,
      judged.models[model] ?? '',
    ])
    const { calibration } = judged
    const id = JSON.stringify([models, calibration?.revision, calibration?.scope])
    const span = { start: toMs(judged.from), end: toMs(judged.to) }
    const known = judges.get(id)
    if (known) {
      known.batches.push(judged.batch_id)
      known.span.start = Math.min(known.span.start, span.start)
    } else judges.set(id, { id, models, calibration, batches: [judged.batch_id], span })
  }
  return [...judges.values()]
}

/** A revision as it is told apart at a glance. */
export function shortRevision(revision: string): string {
  return revision.slice(0, SHORT)
}

/** Whose calibration it is and where it comes from: `SAT-001’s own, fitted here`. */
export function whose({ scope, origin }: Calibration, satellite: string): string {
  const owner = scope === 'satellite' ? `${satellite}’s own` : scope === 'mission' ? 'the mission’s' : ''
  const made = origin === null ? 'not stored here' : ORIGINS[origin]
  return [owner, made].filter(Boolean).join(', ')
}

const ORIGINS: Record<NonNullable<Calibration['origin']>, string> = {
  shipped: 'shipped with it',
  fitted: 'fitted here',
  candidate: 'fitted with retrained models',
}

/** When it was fitted, as far as that is known: of a shipped one only the day of installation is. */
export function fittedAt({ origin, created_at }: Calibration): string | null {
  return origin === 'shipped' || created_at === null ? null : `${formatDateTime(created_at)} UTC`
}

/** What it was fitted on: a span of stored telemetry, or its source in words. */
export function fittedOn({ from, to, source }: Calibration): string | null {
  return from !== null && to !== null ? `${formatSpan(from, to)} UTC` : source
}
