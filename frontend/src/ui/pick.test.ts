import { expect, test } from 'vitest'
import { filterGroups, neighbour } from './pick'
import { lookOf, worst } from './verdicts'

const groups = [
  {
    name: 'Power',
    items: [
      { id: 'v', text: 'battery_voltage', item: 0 },
      { id: 't', text: 'battery_temp', item: 1 },
    ],
  },
  { name: 'Thermal', items: [{ id: 'o', text: 'temp_obc', item: 2 }] },
]
const found = (search: string) => filterGroups(groups, search).map(group => group.items.map(({ id }) => id))

test('a search keeps what has all of its words, and drops groups that are left empty', () => {
  expect(found('')).toEqual([['v', 't'], ['o']])
  expect(found('TEMP')).toEqual([['t'], ['o']])
  expect(found('temp bat')).toEqual([['t']])
  expect(found('thermal')).toEqual([['o']])
  expect(found('nothing')).toEqual([])
})

test('arrow keys stop at the ends, and other keys do not move', () => {
  const ids = ['a', 'b', 'c']
  expect(neighbour(ids, 'a', 'ArrowUp')).toBe('a')
  expect(neighbour(ids, 'b', 'ArrowDown')).toBe('c')
  expect(neighbour(ids, 'c', 'ArrowDown')).toBe('c')
  expect(neighbour(ids, 'b', 'Home')).toBe('a')
  expect(neighbour(ids, 'b', 'x')).toBeUndefined()
})

test('every verdict has a shape of its own', () => {
  const looks = [
    lookOf('NOMINAL', null),
    lookOf('ANOMALY', 'warning'),
    lookOf('ANOMALY', 'critical'),
    lookOf('INSUFFICIENT_DATA', null),
    lookOf('ERROR', null),
    lookOf('PENDING', null),
  ]
  expect(new Set(looks.map(look => look.shape)).size).toBe(looks.length)
})

test('the worse severity counts', () => {
  expect(worst(['warning', null, 'critical'])).toBe('critical')
  expect(worst([null, 'warning'])).toBe('warning')
  expect(worst([])).toBeNull()
})
