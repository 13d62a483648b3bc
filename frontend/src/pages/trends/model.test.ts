import { expect, test } from 'vitest'
import { answer } from '../../../mock/answers.ts'
import type { Compare } from '../../api/types'
import { chartLabel, gapsText, limitLevels, longestSilence, scoreTraces, shadeOf, traces } from './model'

const query = new URLSearchParams('satellite_id=SAT-001&metric=battery_temp&range=1d')
const compare = answer('/api/v1/trends/compare', query) as Compare

test('telemetry comes first, then each model under its name', () => {
  expect(traces(compare).map(trace => trace.label)).toEqual(['Telemetry', 'VAE', 'Transformer'])
})

test('a model that the console does not know is drawn under its own name', () => {
  const forecasts = { other_model: { t: [1], v: [1] } }
  expect(traces({ ...compare, forecasts }).map(trace => trace.label)).toEqual(['Telemetry', 'other_model'])
})

test('the threshold steps from judgement to judgement and ends with each', () => {
  const judgements = [
    judged('2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', 4),
    judged('2026-01-01T01:00:30Z', '2026-01-01T02:00:00Z', 5),
  ]
  const threshold = scoreTraces({ ...compare, judgements })[1]
  expect(threshold?.series.v).toEqual([4, 4, null, 5, 5, null])
  expect([...(threshold?.series.t ?? [])].sort((a, b) => a - b)).toEqual(threshold?.series.t)
})

test('overlapping judgements still give times that rise', () => {
  const judgements = [
    judged('2026-01-01T00:00:00Z', '2026-01-01T02:00:00Z', 4),
    judged('2026-01-01T01:00:00Z', '2026-01-01T03:00:00Z', 5),
  ]
  const times = scoreTraces({ ...compare, judgements })[1]?.series.t ?? []
  expect(times.every((time, i) => i === 0 || time > (times[i - 1] as number))).toBe(true)
})

test('one missing sample breaks the line, and the steps of thinned data do not', () => {
  const thinned = { t: Array.from({ length: 400 }, (_, i) => i * 1000), v: [] }
  expect(longestSilence({ t: [0, 30, 60], v: [] }, 30, false)).toBe(45)
  expect(longestSilence(thinned, 30, true)).toBeGreaterThan(4_000)
})

test('a limit that is not set is not drawn', () => {
  expect(limitLevels({ warning_high: 40, critical_high: null }).map(level => level.label)).toEqual([
    'warning high 40',
  ])
})

test('an event is shaded from its start to its end and says what was found', () => {
  const event = compare.events[0]
  if (!event) throw new Error('the mock has an event there')
  const shade = shadeOf(event)
  expect([shade.start, shade.end]).toEqual([Date.parse(event.start), Date.parse(event.end)])
  expect(shade.label).toContain(event.explanation)
})

test('the chart says in words what it shows', () => {
  expect(chartLabel(compare)).toMatch(
    /^battery_temp, telemetry against forecasts, .* UTC: .* samples, 1 anomaly$/,
  )
})

function judged(from: string, to: string, threshold: number): Compare['judgements'][number] {
  return {
    judgement_id: from,
    batch_uid: from,
    batch_id: from,
    revision: 1,
    from,
    to,
    verdict: 'NOMINAL',
    threshold,
    note: null,
    models: {},
    calibration: null,
  }
}

test('the number of gaps is said, and that only the longest are listed where it is so', () => {
  const gaps = [{ from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:05:00Z' }]
  expect(gapsText({ gaps: [], gaps_total: 0 })).toBe('')
  expect(gapsText({ gaps, gaps_total: 1 })).toBe('1 gap. ')
  expect(gapsText({ gaps, gaps_total: 12_345 })).toBe('12\u202f345 gaps, of which the 1 longest are listed. ')
})
