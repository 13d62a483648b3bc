import { expect, test } from 'vitest'
import { levelsInReach } from './levels'
import { place, withContext } from './spans'

const axis = { start: 1000, end: 2000 }

test('a span is placed by its times, cut at the ends of the axis', () => {
  expect(place({ start: 1250, end: 1500 }, axis)).toEqual({ left: 25, width: 25 })
  expect(place({ start: 0, end: 1100 }, axis)).toEqual({ left: 0, width: 10 })
  expect(place({ start: 0, end: 999 }, axis)).toBeNull()
  expect(place({ start: 2001, end: 3000 }, axis)).toBeNull()
})

test('a span of one sample can still be seen, at its place', () => {
  expect(place({ start: 1500, end: 1500 }, axis, 2)).toEqual({ left: 49, width: 2 })
  expect(place({ start: 2000, end: 2000 }, axis, 2)).toEqual({ left: 98, width: 2 })
})

test('an event is shown with as much again around it, and a short one with the least that makes sense', () => {
  expect(withContext({ start: 1000, end: 1600 }, 900)).toEqual({ start: 400, end: 2200 })
  expect(withContext({ start: 1000, end: 1000 }, 900)).toEqual({ start: 550, end: 1450 })
})

test('a limit far from the data is left out rather than squeezing the data', () => {
  const levels = [
    { value: 14, label: 'near', color: '' },
    { value: 50, label: 'far', color: '' },
  ]
  expect(levelsInReach(levels, [0, 10]).map(level => level.label)).toEqual(['near'])
  expect(levelsInReach(levels, null)).toEqual([])
})
