import { expect, test, vi } from 'vitest'
import { type FromWorker, type Port, StreamHub } from './shared'
import type { Handlers } from './stream'

function world() {
  const streams: { handlers: Handlers; open: ReturnType<typeof vi.fn>; close: ReturnType<typeof vi.fn> }[] =
    []
  const hub = new StreamHub(handlers => {
    const stream = { handlers, open: vi.fn(), close: vi.fn() }
    streams.push(stream)
    return stream
  })
  const tab = () => {
    const told: FromWorker[] = []
    const port: Port = { postMessage: message => told.push(message), onmessage: null }
    hub.join(port)
    return { told, leave: () => port.onmessage?.(new MessageEvent('message', { data: 'leave' })) }
  }
  return { streams, tab }
}

const event = { kind: 'verdict', id: '7', satelliteId: 'SAT-001' } as const

test('seven tabs have one stream, and each is told everything', () => {
  const { streams, tab } = world()
  const tabs = Array.from({ length: 7 }, tab)
  expect(streams).toHaveLength(1)
  streams[0]?.handlers.onConnection('live')
  streams[0]?.handlers.onEvent(event)
  streams[0]?.handlers.onResume()
  for (const { told } of tabs) {
    expect(told.slice(1)).toEqual([
      { type: 'connection', connection: 'live' },
      { type: 'event', event },
      { type: 'resume' },
    ])
  }
})

test('a tab that comes later is told at once how the connection is', () => {
  const { streams, tab } = world()
  tab()
  streams[0]?.handlers.onConnection('polling')
  expect(tab().told).toEqual([{ type: 'connection', connection: 'polling' }])
})

test('the stream ends with the last tab, and begins again with the next', () => {
  const { streams, tab } = world()
  const [first, second] = [tab(), tab()]
  first.leave()
  streams[0]?.handlers.onEvent(event)
  expect(first.told).toHaveLength(1)
  expect(second.told).toHaveLength(2)
  expect(streams[0]?.close).not.toHaveBeenCalled()
  second.leave()
  expect(streams[0]?.close).toHaveBeenCalledOnce()
  expect(tab().told).toEqual([{ type: 'connection', connection: 'connecting' }])
  expect(streams).toHaveLength(2)
})
