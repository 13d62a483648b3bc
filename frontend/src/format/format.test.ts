import { expect, test } from 'vitest'
import { count, formatNumber, formatQuantity, formatRarity, formatShare, NOTHING } from './number'
import { formatDuration, formatShortTime, formatSpan, formatTick } from './time'

test.each([
  [0, '0'],
  [24.8, '24.8'],
  [7.65123456, '7.6512'],
  [-0.25, '\u22120.25'],
  [0.0018234, '0.0018234'],
  [12345.678, '12\u202f346'],
  [1_234_567, '1\u202f234\u202f567'],
  [0.00001234, '1.23e\u22125'],
  [99999.99, '100\u202f000'],
  [null, NOTHING],
  [Number.NaN, NOTHING],
])('a value is written with the digits that tell it apart: %s', (value, text) => {
  expect(formatNumber(value)).toBe(text)
})

test('a small value keeps as many digits as a large one', () => {
  expect(formatNumber(0.0018234, 3)).toBe('0.00182')
  expect(formatNumber(1823.4, 3)).toBe('1\u202f823')
})

test('a unit follows its value, and nothing has no unit', () => {
  expect(formatQuantity(24.8, '°C')).toBe('24.8\u00a0°C')
  expect(formatQuantity(3, '')).toBe('3')
  expect(formatQuantity(null, '°C')).toBe(NOTHING)
})

test('only what is whole is 100 %', () => {
  expect(formatShare(1)).toBe('100\u00a0%')
  expect(formatShare(0.99999)).toBe('99.9\u00a0%')
  expect(formatShare(null)).toBe(NOTHING)
})

test('a confidence is written as a rarity, as far as anybody knows it', () => {
  expect(formatRarity(0.98)).toBe('50')
  expect(formatRarity(0.999936)).toBe('16\u202f000')
  expect(formatRarity(0.999999999999)).toBe('over 10⁹')
  expect(formatRarity(1)).toBe('over 10⁹')
})

test('one thing is not several', () => {
  expect([count(1, 'event'), count(0, 'event'), count(2, 'event'), count(2, 'batch')]).toEqual([
    '1 event',
    '0 events',
    '2 events',
    '2 batches',
  ])
})

test('times are UTC whatever the machine thinks', () => {
  expect(formatShortTime('2026-01-02T23:59:30Z')).toBe('2 Jan 23:59')
})

test('a span names its day once', () => {
  expect(formatSpan('2026-01-02T03:10:00Z', '2026-01-02T03:24:00Z')).toBe('2026-01-02 03:10:00 – 03:24:00')
  expect(formatSpan('2026-01-02T23:00:00Z', '2026-01-03T01:00:00Z')).toBe(
    '2026-01-02 23:00:00 – 2026-01-03 01:00:00',
  )
})

test.each([
  [45_000, '45 s'],
  [14 * 60_000, '14 min'],
  [9 * 3_600_000, '9 h 00 min'],
  [76 * 3_600_000, '3 d 4 h'],
])('a length of time is said in its two largest units: %s ms', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('an axis names the day where a day begins and the clock elsewhere', () => {
  const midnight = Date.parse('2026-01-02T00:00:00Z')
  expect(formatTick(midnight, 3_600_000)).toBe('2 Jan')
  expect(formatTick(midnight + 3_600_000, 3_600_000)).toBe('01:00')
  expect(formatTick(midnight + 5_000, 5_000)).toBe('00:00:05')
  expect(formatTick(midnight + 3_600_000, 86_400_000)).toBe('2 Jan')
})
