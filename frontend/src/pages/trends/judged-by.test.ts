import { expect, test } from 'vitest'
import { type Calibration, fittedAt, fittedOn, judgesOf, shortRevision, whose } from './judged-by'

const SHIPPED: Calibration = {
  revision: '57d7a5a48ea7',
  scope: 'mission',
  origin: 'shipped',
  source: 'simulated nominal satellites',
  from: null,
  to: null,
  created_at: '2026-01-01T00:00:00Z',
}
const OWN: Calibration = {
  revision: '41d0f2a7c3be',
  scope: 'satellite',
  origin: 'fitted',
  source: 'stored telemetry',
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-08T00:00:00Z',
  created_at: '2026-01-08T00:10:00Z',
}
const UNKNOWN: Calibration = { ...SHIPPED, origin: null, source: null, created_at: null }

function judged(
  day: number,
  calibration: Calibration | null,
  models: Record<string, string> = { vae_timeseries: 'a' },
) {
  return {
    judgement_id: `j${day}`,
    batch_uid: `u${day}`,
    batch_id: `pass-${day}`,
    revision: 1,
    from: `2026-01-0${day}T00:00:00Z`,
    to: `2026-01-0${day}T09:00:00Z`,
    verdict: 'NOMINAL' as const,
    threshold: 1,
    note: null,
    models,
    calibration,
  }
}

test('what judged several batches is named once, the newest first, with the span of its batches', () => {
  const [own, shipped, ...rest] = judgesOf([judged(1, SHIPPED), judged(2, SHIPPED), judged(3, OWN)])
  expect([own?.calibration, own?.batches]).toEqual([OWN, ['pass-3']])
  expect([shipped?.calibration, shipped?.batches]).toEqual([SHIPPED, ['pass-2', 'pass-1']])
  expect(shipped?.span).toEqual({
    start: Date.parse('2026-01-01T00:00:00Z'),
    end: Date.parse('2026-01-02T09:00:00Z'),
  })
  expect(rest).toEqual([])
})

test('other versions of the models are another judge, whatever order they are named in', () => {
  const one = judged(1, OWN, { transformer_timeseries: 'b', vae_timeseries: 'a' })
  const same = judged(2, OWN, { vae_timeseries: 'a', transformer_timeseries: 'b' })
  const other = judged(3, OWN, { vae_timeseries: 'c', transformer_timeseries: 'b' })
  expect(judgesOf([one, same, other]).map(judge => judge.models[0])).toEqual([
    ['vae_timeseries', 'c'],
    ['vae_timeseries', 'a'],
  ])
})

test('a batch that could not be judged has no calibration', () => {
  expect(judgesOf([judged(1, null, {})])).toMatchObject([{ models: [], calibration: null }])
})

test.each([
  [SHIPPED, 'the mission’s, shipped with it'],
  [{ ...SHIPPED, origin: 'fitted' } as const, 'the mission’s, fitted here'],
  [OWN, 'SAT-001’s own, fitted here'],
  [{ ...OWN, origin: 'candidate' } as const, 'SAT-001’s own, fitted with retrained models'],
  [UNKNOWN, 'the mission’s, not stored here'],
  [{ ...UNKNOWN, scope: null }, 'not stored here'],
])('it is said whose a calibration is and where it comes from: %o', (calibration, words) => {
  expect(whose(calibration, 'SAT-001')).toBe(words)
})

test('when and on what it was fitted is said as far as it is known', () => {
  expect([fittedAt(OWN), fittedOn(OWN)]).toEqual([
    '2026-01-08 00:10:00 UTC',
    '2026-01-01 00:00:00 – 2026-01-08 00:00:00 UTC',
  ])
  expect([fittedAt(SHIPPED), fittedOn(SHIPPED)]).toEqual([null, 'simulated nominal satellites'])
  expect([fittedAt(UNKNOWN), fittedOn(UNKNOWN)]).toEqual([null, null])
})

test('a long revision is shortened, a short one is whole', () => {
  expect(shortRevision('0123456789abcdef')).toBe('0123456789ab')
  expect(shortRevision('default-1')).toBe('default-1')
})
