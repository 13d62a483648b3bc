/** The satellites, batches and events of the mock: three satellites, nine hours a batch, a new one now and then. */

import type { AnomalyEvent, Batch, Compare, Verdict } from '../src/api/types'
import { CADENCE, CHANNELS, type MockChannel } from './samples.ts'

const RECORDS = 1080
const LENGTH = RECORDS * CADENCE
const BEGIN = Date.parse('2026-01-01T00:00:00Z')
export const SATELLITES = ['SAT-001', 'SAT-002', 'SAT-003']

export type Pass = {
  satellite: string
  index: number
  start: number
  end: number
  missing: number
  fault: Fault | null
}
export type Fault = {
  channel: MockChannel
  start: number
  end: number
  size: number
  severity: 'warning' | 'critical'
}

export const passes: Pass[] = SATELLITES.flatMap(satellite =>
  [0, 1, 2, 3].map(index => makePass(satellite, index)),
)

export function makePass(satellite: string, index: number): Pass {
  const start = BEGIN + index * LENGTH
  const kind = (SATELLITES.indexOf(satellite) * 5 + index * 3) % 7
  const channel = CHANNELS[(kind * 11 + index * 3) % CHANNELS.length] as MockChannel
  const at = start + LENGTH * (0.55 + 0.05 * kind)
  const severity = kind === 1 ? 'warning' : 'critical'
  const fault =
    kind < 4
      ? { channel, start: at, end: at + (6 + kind * 9) * 60_000, size: 0.5 + kind * 0.3, severity }
      : null
  return {
    satellite,
    index,
    start,
    end: start + LENGTH - CADENCE,
    missing: kind === 5 ? 40 : 0,
    fault: fault as Fault | null,
  }
}

export function passesOf(satellite: string): Pass[] {
  return passes.filter(pass => pass.satellite === satellite)
}

const iso = (time: number) => new Date(time).toISOString()

export function eventOf(pass: Pass): AnomalyEvent[] {
  if (pass.fault === null) return []
  const { channel, start, end, size, severity } = pass.fault
  const minutes = Math.round((end - start) / 60_000)
  return [
    {
      ...ids(pass),
      event_id: `${pass.satellite}-${pass.index}`,
      judgement_id: `${pass.satellite}-${pass.index}`,
      job_id: null,
      mission: 'default',
      subsystem: channel.subsystem,
      revision: 1,
      channel: channel.name,
      unit: channel.unit,
      start: iso(start),
      end: iso(end),
      peak: iso((start + end) / 2),
      severity,
      score: 6 + size * 9,
      threshold: 4.5,
      detector: 'transformer_timeseries',
      share: 0.8,
      confidence: 0.99999994,
      value: 1,
      forecast: 0.4,
      explanation: `${channel.name} ${(size * 4).toFixed(1)} ${channel.unit} above its forecast for ${minutes} min`,
    },
  ]
}

function ids(pass: Pass) {
  return {
    batch_uid: `uid-${pass.satellite}-${pass.index}`,
    batch_id: `pass-${pass.index}`,
    satellite_id: pass.satellite,
  }
}

const MODELS = { transformer_timeseries: '7c9da35438b6', vae_timeseries: 'c0b127a39dc6' }
const SHIPPED = {
  revision: '57d7a5a48ea7',
  scope: 'mission',
  origin: 'shipped',
  source: 'batch-simulator: 60 nominal satellites, 2 days each, seeds from 7001',
  from: null,
  to: null,
  created_at: iso(BEGIN),
} as const

/** SAT-001 has a calibration of its own since its third batch; all else is judged by the mission's. */
export function judgeOf(pass: Pass): Pick<Compare['judgements'][number], 'models' | 'calibration'> {
  const own = pass.satellite === SATELLITES[0] && pass.index >= 2
  const fitted = {
    revision: '41d0f2a7c3be',
    scope: 'satellite',
    origin: 'fitted',
    source: 'stored telemetry of SAT-001',
    from: iso(BEGIN),
    to: iso(BEGIN + 2 * LENGTH),
    created_at: iso(BEGIN + 2 * LENGTH + 600_000),
  } as const
  return { models: MODELS, calibration: own ? fitted : SHIPPED }
}

export function batchOf(pass: Pass): Batch {
  const events = eventOf(pass)
  const verdict: Verdict = events.length > 0 ? 'ANOMALY' : pass.missing > 30 ? 'INSUFFICIENT_DATA' : 'NOMINAL'
  return {
    ...ids(pass),
    mission: 'default',
    stream: 'realtime',
    status: 'JUDGED',
    verdict,
    revision: 1,
    records: RECORDS - pass.missing,
    expected: RECORDS,
    completeness: (RECORDS - pass.missing) / RECORDS,
    rule: pass.missing ? 'grace' : 'complete',
    first_time: iso(pass.start),
    last_time: iso(pass.end),
    marker_time: iso(pass.end + 2000),
    verdict_time: iso(pass.end + 2900),
    seconds_to_verdict: 0.84 + pass.index * 0.07,
    worst_channels: events.map(({ channel, subsystem, score, threshold, severity }) => ({
      channel,
      subsystem,
      score,
      threshold,
      severity,
    })),
    events: events.length,
  }
}
