import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import { Invalidator, outdated } from './invalidate'
import type { LiveEvent } from './stream'

const event = (satelliteId: string | null): LiveEvent => ({ kind: 'verdict', id: '1', satelliteId })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('an event makes old what is known of its satellite and of the fleet, and nothing else', () => {
  expect(outdated([event('A'), event('A'), event('B')])).toEqual([
    keys.fleet,
    keys.satellite('A'),
    keys.satellite('B'),
  ])
})

test('an event that names no satellite makes everything old', () => {
  expect(outdated([event('A'), event(null)])).toEqual([keys.all])
})

test('many events at once cost one round of requests', () => {
  const client = new QueryClient()
  const invalidate = vi.spyOn(client, 'invalidateQueries')
  const invalidator = new Invalidator(client, 100)
  for (let i = 0; i < 50; i++) invalidator.add(event('A'))
  vi.advanceTimersByTime(100)
  expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([keys.fleet, keys.satellite('A')])
  invalidator.add(event('B'))
  vi.advanceTimersByTime(100)
  expect(invalidate).toHaveBeenCalledTimes(4)
})
