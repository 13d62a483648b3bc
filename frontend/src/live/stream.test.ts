import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveStream, resumeUrl, SILENCE_MS, satelliteOf } from './stream'

class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    sources.push(this)
  }
  close() {
    this.readyState = 2
  }
  send(kind: string, lastEventId: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(kind, { lastEventId, data: JSON.stringify(data) }))
  }
  fail(readyState: number) {
    this.readyState = readyState
    this.onerror?.()
  }
}

let sources: FakeSource[] = []
const handlers = { onConnection: vi.fn(), onEvent: vi.fn(), onResume: vi.fn() }
const newest = () => sources.at(-1) as FakeSource

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeSource)
  sources = []
  vi.clearAllMocks()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open(): LiveStream {
  const stream = new LiveStream('/stream', handlers)
  stream.open()
  newest().onopen?.()
  return stream
}

test('an event is handed on once, with its satellite, also when it is sent again', () => {
  open()
  newest().send('verdict', '7', { satellite_id: 'SAT-001' })
  newest().send('verdict', '7', { satellite_id: 'SAT-001' })
  expect(handlers.onEvent).toHaveBeenCalledExactlyOnceWith({
    kind: 'verdict',
    id: '7',
    satelliteId: 'SAT-001',
  })
})

test('a broken connection is left to the browser, which resumes it, and then everything is asked for anew', () => {
  open()
  expect(handlers.onResume).not.toHaveBeenCalled()
  newest().fail(0)
  expect(handlers.onConnection).toHaveBeenLastCalledWith('reconnecting')
  newest().onopen?.()
  expect(sources).toHaveLength(1)
  expect(handlers.onConnection).toHaveBeenLastCalledWith('live')
  expect(handlers.onResume).toHaveBeenCalledOnce()
})

test('a refused connection is opened again where it left off', () => {
  open()
  newest().send('batch', '12', { satellite_id: 'SAT-002' })
  newest().fail(2)
  vi.advanceTimersByTime(2_000)
  expect(sources.map(source => source.url)).toEqual(['/stream', '/stream?after=12'])
})

test('after several failures it polls, and goes on trying', () => {
  open()
  for (let i = 0; i < 3; i++) {
    newest().fail(2)
    vi.advanceTimersByTime(15_000)
  }
  expect(handlers.onConnection).toHaveBeenLastCalledWith('polling')
  newest().onopen?.()
  expect(handlers.onConnection).toHaveBeenLastCalledWith('live')
})

test('nothing is opened after it was closed', () => {
  const stream = open()
  newest().fail(2)
  stream.close()
  vi.advanceTimersByTime(60_000)
  expect(sources).toHaveLength(1)
})

test('an event that cannot be read is about no known satellite', () => {
  expect(satelliteOf('not json')).toBeNull()
  expect(satelliteOf('null')).toBeNull()
  expect(satelliteOf('{"satellite_id": 5}')).toBeNull()
})

test('a stream that has told nothing is opened from now on', () => {
  expect(resumeUrl('/stream', null)).toBe('/stream')
})

test('a stream on which not even a ping comes is said to be lost, and opened anew', () => {
  open()
  for (let i = 0; i < 6; i++) {
    vi.advanceTimersByTime(10_000)
    newest().dispatchEvent(new MessageEvent('ping', { data: '{}' }))
  }
  expect(sources).toHaveLength(1)
  expect(handlers.onConnection).toHaveBeenLastCalledWith('live')
  newest().send('batch', '12', {})
  vi.advanceTimersByTime(SILENCE_MS)
  expect(handlers.onConnection).toHaveBeenLastCalledWith('reconnecting')
  expect(sources).toHaveLength(2)
  expect(newest().url).toBe('/stream?after=12')
  newest().onopen?.()
  expect(handlers.onConnection).toHaveBeenLastCalledWith('live')
  expect(handlers.onResume).toHaveBeenCalledOnce()
})
