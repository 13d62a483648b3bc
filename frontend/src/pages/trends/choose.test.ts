import { expect, test } from 'vitest'
import type { Feature, Satellite } from '../../api/types'
import { chooseChannel, chooseSatellite, spanOf } from './choose'
import { readView } from './url-state'

const view = (address = '') => readView(new URLSearchParams(address))
const satellite = (satellite_id: string, newest_sample: string | null, verdict = 'NOMINAL') =>
  ({ satellite_id, newest_sample, verdict }) as Satellite
const feature = (channel: string, more: Partial<Feature> = {}) =>
  ({ channel, role: 'judged', severity: null, score: 1, threshold: 4, ...more }) as Feature

test('the satellite of the address is shown, else one in trouble, else one that was heard', () => {
  const satellites = [satellite('A', null), satellite('B', '2026-01-01T00:00:00Z')]
  expect(chooseSatellite(view('satellite=C'), satellites)).toBe('C')
  expect(chooseSatellite(view(), satellites)).toBe('B')
  expect(chooseSatellite(view(), [...satellites, satellite('D', '2026-01-01T00:00:00Z', 'ANOMALY')])).toBe(
    'D',
  )
  expect(chooseSatellite(view(), [satellite('A', null, 'ANOMALY')])).toBeNull()
})

test('without an address the channel that most needs a look is shown', () => {
  const calm = feature('calm')
  const near = feature('near', { score: 3.9 })
  const warned = feature('warned', { severity: 'warning' })
  const critical = feature('critical', { severity: 'critical', score: 2 })
  expect(chooseChannel(view(), [calm, near, warned, critical])).toBe('critical')
  expect(chooseChannel(view(), [calm, warned, near])).toBe('warned')
  expect(chooseChannel(view(), [calm, near])).toBe('near')
  expect(chooseChannel(view(), [])).toBeNull()
})

test('a channel of the address stays where the satellite has it', () => {
  const features = [feature('a', { severity: 'critical' }), feature('b')]
  expect(chooseChannel(view('metric=b'), features)).toBe('b')
  expect(chooseChannel(view('metric=c'), features)).toBe('a')
})

test('a zoom takes the place of the range', () => {
  expect(spanOf(view('range=6h'))).toEqual({ range: '6h' })
  expect(spanOf(view('range=6h&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z'))).toEqual({
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-01T01:00:00.000Z',
  })
})
