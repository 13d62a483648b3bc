/** The stream of live updates: one EventSource that is opened again, where it left off, until it is closed. */

export const STREAM_URL = '/api/v1/stream'
export const KINDS = ['batch', 'verdict', 'anomaly'] as const
export type Kind = (typeof KINDS)[number]

/** `live`: events arrive. `reconnecting`: lost, being opened again. `polling`: lost for long, data is asked for by the clock. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'polling'

export type LiveEvent = { kind: Kind; id: string; satelliteId: string | null }

/** What a stream tells those who follow it. */
export type Handlers = {
  onConnection: (connection: Connection) => void
  onEvent: (event: LiveEvent) => void
  /** The stream is open again after it was lost. */
  onResume: () => void
}

const FAILURES_BEFORE_POLLING = 2
const RETRY_MS = 2_000
const LONGEST_RETRY_MS = 15_000
/** The server sends an event or a ping every 10 s: a stream that is silent for so long is frozen. */
export const SILENCE_MS = 30_000

export class LiveStream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined
  private lastId: string | null = null
  private failures = 0
  private lost = false

  constructor(
    private readonly url: string,
    private readonly handlers: Handlers,
    private readonly make: (url: string) => EventSource = url => new EventSource(url),
  ) {}

  open() {
    this.handlers.onConnection(this.failures === 0 ? 'connecting' : this.unconnected())
    this.connect()
  }

  close() {
    clearTimeout(this.timer)
    clearTimeout(this.silence)
    this.source?.close()
    this.source = null
  }

  private connect() {
    const source = this.make(resumeUrl(this.url, this.lastId))
    this.source = source
    source.onopen = () => this.opened(source)
    source.onerror = () => this.failed(source)
    source.addEventListener('ping', () => this.alive(source))
    for (const kind of KINDS) source.addEventListener(kind, message => this.received(kind, message, source))
  }

  /** Something has come: the next thing is due within the time of silence. */
  private alive(source: EventSource) {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => this.frozen(source), SILENCE_MS)
  }

  /** Nothing has come although a ping was due: the connection is dead, and neither side was told. */
  private frozen(source: EventSource) {
    source.close()
    this.failures += 1
    this.lost = true
    this.handlers.onConnection(this.unconnected())
    this.connect()
  }

  private opened(source: EventSource) {
    this.alive(source)
    this.failures = 0
    this.handlers.onConnection('live')
    if (this.lost) this.handlers.onResume()
    this.lost = false
  }

  private failed(source: EventSource) {
    clearTimeout(this.silence)
    this.failures += 1
    this.lost = true
    this.handlers.onConnection(this.unconnected())
    // The browser itself retries a broken connection, with Last-Event-ID. It gives up on an error status
    // (a proxy whose server is away): then a new source takes over, which says in its address where to resume.
    if (source.readyState !== EventSource.CLOSED) return
    source.close()
    this.timer = setTimeout(() => this.connect(), Math.min(RETRY_MS * this.failures, LONGEST_RETRY_MS))
  }

  private received(kind: Kind, message: MessageEvent<string>, source: EventSource) {
    this.alive(source)
    if (message.lastEventId !== '') {
      if (message.lastEventId === this.lastId) return
      this.lastId = message.lastEventId
    }
    this.handlers.onEvent({ kind, id: message.lastEventId, satelliteId: satelliteOf(message.data) })
  }

  private unconnected(): Connection {
    return this.failures > FAILURES_BEFORE_POLLING ? 'polling' : 'reconnecting'
  }
}

export function resumeUrl(url: string, lastId: string | null): string {
  return lastId === null ? url : `${url}?after=${encodeURIComponent(lastId)}`
}

/** The satellite that an event is about; null where the event does not say or cannot be read. */
export function satelliteOf(data: string): string | null {
  try {
    const body: unknown = JSON.parse(data)
    if (typeof body !== 'object' || body === null || !('satellite_id' in body)) return null
    return typeof body.satellite_id === 'string' ? body.satellite_id : null
  } catch {
    return null
  }
}
