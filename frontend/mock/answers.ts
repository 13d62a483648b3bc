/** The answers of the mock API, by path. */

import type { Feature } from '../src/api/types'
import { CADENCE, CHANNELS, forecast, type MockChannel, received } from './samples.ts'
import { batchOf, eventOf, judgeOf, type Pass, passesOf, SATELLITES } from './world.ts'

const RANGES: Record<string, number> = {
  '1h': 3_600_000,
  '6h': 21_600_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
}
const iso = (time: number) => new Date(time).toISOString()

export function answer(path: string, query: URLSearchParams): unknown {
  const satellite = query.get('satellite_id') ?? ''
  const channel = CHANNELS.find(known => known.name === query.get('metric')) as MockChannel
  switch (path) {
    case '/api/v1/trends/satellites':
      return { items: SATELLITES.map(satelliteItem), next: null }
    case '/api/v1/dashboard/features':
      return { ...head(satellite, query), items: CHANNELS.map(known => feature(satellite, known, query)) }
    case '/api/v1/trends/compare':
      return compare(satellite, channel, query)
    case '/api/v1/trends/statistics':
      return statistics(satellite, channel, query)
    case '/api/v1/batches':
      return { items: passesOf(satellite).map(batchOf).reverse(), next: null }
    case '/api/v1/dashboard/anomalies':
      return eventPage(satellite, query)
    default:
      return undefined
  }
}

function eventPage(satellite: string, query: URLSearchParams) {
  const channel = query.get('channel')
  const all = passesOf(satellite).flatMap(eventOf).reverse()
  const found = all.filter(event => channel === null || event.channel === channel)
  const begin = Number(query.get('cursor') ?? 0)
  const end = begin + Number(query.get('limit') ?? 50)
  return { items: found.slice(begin, end), next: end < found.length ? String(end) : null }
}

const newest = (satellite: string) => Math.max(...passesOf(satellite).map(pass => pass.end))

function satelliteItem(satellite_id: string) {
  const last = passesOf(satellite_id).at(-1) as Pass
  const { verdict, verdict_time } = batchOf(last)
  const batches = passesOf(satellite_id).length
  return {
    satellite_id,
    mission: 'default',
    name: null,
    newest_sample: iso(last.end),
    batches,
    verdict,
    verdict_time,
  }
}

function bounds(satellite: string, query: URLSearchParams): [number, number] {
  const to = query.get('to') ? Date.parse(query.get('to') as string) : newest(satellite)
  return [
    query.get('from')
      ? Date.parse(query.get('from') as string)
      : to - (RANGES[query.get('range') ?? '1d'] ?? 0),
    to,
  ]
}

function head(satellite: string, query: URLSearchParams) {
  const [from, to] = bounds(satellite, query)
  const range = query.get('range')
  return {
    satellite_id: satellite,
    mission: 'default',
    from: iso(from),
    to: iso(to),
    range,
    newest_sample: iso(newest(satellite)),
    cadence_ms: CADENCE,
  }
}

function samples(satellite: string, channel: MockChannel, query: URLSearchParams) {
  const [from, to] = bounds(satellite, query)
  const t: number[] = []
  const v: number[] = []
  for (const pass of passesOf(satellite)) {
    for (let time = pass.start; time <= pass.end - pass.missing * CADENCE; time += CADENCE) {
      if (time < from || time > to) continue
      const { fault } = pass
      const struck = fault?.channel.name === channel.name && time >= fault.start && time <= fault.end
      t.push(time)
      v.push(received(channel, time, struck ? (fault?.size ?? 0) : 0))
    }
  }
  return { t, v }
}

function compare(satellite: string, channel: MockChannel, query: URLSearchParams) {
  const raw = samples(satellite, channel, query)
  const [from, to] = bounds(satellite, query)
  const made = (salt: number) => ({ t: raw.t, v: raw.t.map(time => forecast(channel, time, salt)) })
  const forecasts = { vae_timeseries: made(1), transformer_timeseries: made(2) }
  const swing = Math.max(...raw.v) - Math.min(...raw.v) || 1
  const scores = raw.v.map(
    (value, i) => (Math.abs(value - (forecasts.vae_timeseries.v[i] ?? 0)) / swing) * 32,
  )
  const touching = passesOf(satellite).filter(pass => pass.end >= from && pass.start <= to)
  return {
    ...head(satellite, query),
    channel: channel.name,
    unit: channel.unit,
    decimated: false,
    samples: raw.t.length,
    raw,
    gaps: [],
    gaps_total: 0,
    takes: [],
    takes_total: 0,
    stream: 'realtime',
    limits: channel.limits ?? {},
    forecasts,
    scores: { t: raw.t, v: scores },
    events: touching.flatMap(eventOf).filter(event => event.channel === channel.name),
    judgements: touching.map(pass => {
      const { batch_id, verdict, batch_uid } = batchOf(pass)
      const own = verdict === 'ANOMALY' && pass.fault?.channel.name !== channel.name ? 'NOMINAL' : verdict
      return {
        judgement_id: batch_uid,
        batch_uid,
        batch_id,
        revision: 1,
        from: iso(pass.start),
        to: iso(pass.end),
        verdict: own,
        threshold: 4.5,
        note: pass.missing > 0 ? `${pass.missing} of 1080 samples missing` : null,
        ...judgeOf(pass),
      }
    }),
  }
}

function feature(satellite: string, channel: MockChannel, query: URLSearchParams): Feature {
  const { t, v } = samples(satellite, channel, query)
  const every = Math.ceil(t.length / 48)
  const thin = <T>(list: T[]) => list.filter((_, i) => i % every === 0)
  const events = passesOf(satellite)
    .flatMap(eventOf)
    .filter(event => event.channel === channel.name)
  const inRange = events.filter(event => Date.parse(event.end) >= bounds(satellite, query)[0])
  return {
    channel: channel.name,
    series: `satellite_${channel.name}`,
    subsystem: channel.subsystem,
    unit: channel.unit,
    description: channel.description,
    role: 'judged',
    resolution: channel.resolution ?? null,
    limits: channel.limits ?? {},
    latest: { time: iso(t.at(-1) ?? 0), value: v.at(-1) ?? 0 },
    min: Math.min(...v),
    max: Math.max(...v),
    mean: mean(v),
    sparkline: { t: thin(t), v: thin(v) },
    verdict: inRange.length ? 'ANOMALY' : 'NOMINAL',
    score: inRange[0]?.score ?? 1.2,
    threshold: 4.5,
    events: inRange.length,
    severity: inRange[0]?.severity ?? null,
  }
}

const mean = (v: number[]) => v.reduce((sum, value) => sum + value, 0) / Math.max(v.length, 1)

function statistics(satellite: string, channel: MockChannel, query: URLSearchParams) {
  const { t, v } = samples(satellite, channel, query)
  const sorted = [...v].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? null
  const point = (value: number) => ({ time: iso(t[v.indexOf(value)] ?? 0), value })
  const expected = t.length ? ((t.at(-1) as number) - (t[0] as number)) / CADENCE + 1 : 0
  const { events } = compare(satellite, channel, query)
  const error = { count: t.length, mae: 0.213, rmse: 0.402, bias: -0.014, max_error: 6.1 }
  return {
    ...head(satellite, query),
    channel: channel.name,
    unit: channel.unit,
    count: t.length,
    expected,
    completeness: expected ? t.length / expected : null,
    min: v.length ? point(sorted[0] as number) : null,
    max: v.length ? point(sorted.at(-1) as number) : null,
    latest: v.length ? point(v.at(-1) as number) : null,
    mean: mean(v),
    std: Math.sqrt(mean(v.map(value => (value - mean(v)) ** 2))),
    median: at(0.5),
    p05: at(0.05),
    p95: at(0.95),
    gaps: 0,
    events: {
      warning: events.filter(e => e.severity === 'warning').length,
      critical: events.filter(e => e.severity === 'critical').length,
    },
    forecasts: {
      vae_timeseries: error,
      transformer_timeseries: { ...error, mae: 0.187, rmse: 0.366, bias: 0.008 },
    },
  }
}
