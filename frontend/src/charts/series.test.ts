import { expect, test } from 'vitest'
import { nearest, valueAt } from './lookup'
import { align, breakAtSilence, lonely, paddedExtent } from './series'
import { sparkPath } from './sparkline'

test('a line breaks in a silence and nowhere else', () => {
  const series = { t: [0, 30, 60, 300, 330], v: [1, 2, 3, 4, 5] }
  expect(breakAtSilence(series, 45)).toEqual({ t: [0, 30, 60, 180, 300, 330], v: [1, 2, 3, null, 4, 5] })
})

test('a missing sample stays missing', () => {
  expect(breakAtSilence({ t: [0, 30], v: [1, null] }, 45).v).toEqual([1, null])
})

test('every sample keeps its own time on the common axis, and what another series lacks is passed over', () => {
  const aligned = align([
    { t: [10, 20, 30], v: [1, 2, null] },
    { t: [20, 25], v: [7, 8] },
  ])
  expect(aligned.t).toEqual([10, 20, 25, 30])
  expect(aligned.columns).toEqual([
    [1, 2, undefined, null],
    [undefined, 7, 8, undefined],
  ])
})

test('no series gives an empty axis', () => {
  expect(align([])).toEqual({ t: [], columns: [] })
})

test('an extent has room around all values, also around a constant', () => {
  expect(paddedExtent([[1, null, 3]], [5], 0.25)).toEqual([0, 6])
  expect(paddedExtent([[0, 0]])).toEqual([-0.5, 0.5])
  expect(paddedExtent([[null, undefined]])).toBeNull()
})

test('the nearest sample is found at the ends and in between', () => {
  const times = [10, 20, 40]
  expect([0, 14, 16, 29, 31, 99].map(time => nearest(times, time))).toEqual([0, 0, 1, 1, 2, 2])
  expect(nearest([], 5)).toBe(-1)
})

test('a value is not read where no sample is near', () => {
  const series = { t: [0, 100], v: [1, 2] }
  expect(valueAt(series, 90, 15)).toBe(2)
  expect(valueAt(series, 50, 15)).toBeNull()
})

test('a sparkline breaks where samples are missing', () => {
  const path = sparkPath({ t: [0, 1, 2, 3], v: [0, 1, null, 1] }, 30, 10)
  expect(path.match(/M/g)).toHaveLength(2)
  expect(sparkPath({ t: [], v: [] }, 30, 10)).toBe('')
})

test('a sample is alone where the line breaks, or ends, on both sides of it', () => {
  expect(lonely([])).toEqual([])
  expect(lonely([1])).toEqual([0])
  expect(lonely([1, 2, null, 3, null, 4, 5])).toEqual([3])
  expect(lonely([null, 1, undefined, null, undefined, 2, undefined, 3])).toEqual([1])
  expect(lonely([1, null, 2])).toEqual([0, 2])
})

test('a beacon that comes more seldom than the cadence is seen, every sample of it', () => {
  const beacons = { t: [0, 120_000, 240_000], v: [1, 2, 3] }
  const { t, columns } = align([breakAtSilence(beacons, 45_000)])
  expect(lonely(columns[0] ?? []).map(place => t[place])).toEqual(beacons.t)
})
