import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import { ConnectionBadge } from './ConnectionBadge'
import { LiveProvider } from './LiveProvider'

class Source extends EventTarget {
  static readonly CLOSED = 2
  static newest: Source
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor() {
    super()
    Source.newest = this
  }
  close() {}
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('while the stream is away, data is asked for every 30 s, and the badge says so', () => {
  const client = new QueryClient()
  const invalidate = vi.spyOn(client, 'invalidateQueries')
  render(
    <QueryClientProvider client={client}>
      <LiveProvider>
        <ConnectionBadge />
      </LiveProvider>
    </QueryClientProvider>,
  )
  const badge = screen.getByRole('status', { name: 'Live updates' })

  act(() => Source.newest.onopen?.())
  expect(badge.textContent).toBe('Live')
  act(() => void vi.advanceTimersByTime(90_000))
  expect(invalidate).not.toHaveBeenCalled()

  act(() => Source.newest.onerror?.())
  expect(badge.textContent).toBe('Reconnecting')
  act(() => void vi.advanceTimersByTime(30_000))
  expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([keys.all])
})
