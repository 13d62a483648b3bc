import type { Severity, Verdict } from '../api/types'

/** How a verdict is said and shown: a word, a shape and a colour, so that none of them carries it alone. */
export type Look = { label: string; degree?: Severity; shape: Shape; color: string }
export type Shape = 'check' | 'triangle' | 'octagon' | 'question' | 'cross' | 'clock'

const LOOKS: Record<Exclude<Verdict, 'ANOMALY'>, Look> = {
  NOMINAL: { label: 'Nominal', shape: 'check', color: 'var(--good)' },
  INSUFFICIENT_DATA: { label: 'Insufficient data', shape: 'question', color: 'var(--text-soft)' },
  ERROR: { label: 'Error', shape: 'cross', color: 'var(--critical)' },
  PENDING: { label: 'Pending', shape: 'clock', color: 'var(--accent)' },
}
const ANOMALY: Record<Severity, Look> = {
  warning: { label: 'Anomaly', degree: 'warning', shape: 'triangle', color: 'var(--warning)' },
  critical: { label: 'Anomaly', degree: 'critical', shape: 'octagon', color: 'var(--critical)' },
}

/** The look of a verdict; an anomaly of unknown severity is shown as critical. */
export function lookOf(verdict: Verdict, severity: Severity | null | undefined): Look {
  return verdict === 'ANOMALY' ? ANOMALY[severity ?? 'critical'] : LOOKS[verdict]
}

const RANK: Record<Severity, number> = { warning: 1, critical: 2 }

/** The worse of the severities; null where there is none. */
export function worst(severities: readonly (Severity | null | undefined)[]): Severity | null {
  return severities.reduce<Severity | null>(
    (found, next) => (next && (!found || RANK[next] > RANK[found]) ? next : found),
    null,
  )
}
