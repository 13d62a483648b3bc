/**
 * One stream of live updates for all tabs of a browser. A browser opens six connections to a host at a time: with a
 * stream in each tab, the seventh tab would wait for ever. A shared worker holds the stream, and hands on to each tab what
 * comes; where there are no shared workers, each tab has a stream of its own.
 */

import { type Connection, type Handlers, type LiveEvent, LiveStream } from './stream'

/** What the worker says to a tab. */
export type FromWorker =
  | { type: 'connection'; connection: Connection }
  | { type: 'event'; event: LiveEvent }
  | { type: 'resume' }

/** What a tab says to the worker: it goes away. */
export type ToWorker = 'leave'

/** The tab's end of a channel, or the worker's: as much of MessagePort as is needed. */
export type Port = {
  postMessage: (message: FromWorker) => void
  onmessage: ((message: MessageEvent<ToWorker>) => void) | null
}

type Stream = { open: () => void; close: () => void }

/** The worker's side: one stream while there is a tab, none while there is none. */
export class StreamHub {
  private readonly ports = new Set<Port>()
  private stream: Stream | null = null
  private connection: Connection = 'connecting'

  constructor(private readonly make: (handlers: Handlers) => Stream) {}

  join(port: Port) {
    this.ports.add(port)
    port.onmessage = () => this.leave(port)
    port.postMessage({ type: 'connection', connection: this.connection })
    if (this.stream === null) this.begin()
  }

  private begin() {
    this.stream = this.make({
      onConnection: connection => {
        this.connection = connection
        this.tell({ type: 'connection', connection })
      },
      onEvent: event => this.tell({ type: 'event', event }),
      onResume: () => this.tell({ type: 'resume' }),
    })
    this.stream.open()
  }

  private leave(port: Port) {
    this.ports.delete(port)
    if (this.ports.size > 0) return
    this.stream?.close()
    this.stream = null
    this.connection = 'connecting'
  }

  private tell(message: FromWorker) {
    for (const port of this.ports) port.postMessage(message)
  }
}

/** Follow the stream through the browser's shared worker; returns what ends that. */
function followShared(worker: SharedWorker, handlers: Handlers): () => void {
  const { port } = worker
  port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === 'connection') handlers.onConnection(data.connection)
    else if (data.type === 'event') handlers.onEvent(data.event)
    else handlers.onResume()
  }
  port.start()
  const leave = () => port.postMessage('leave' satisfies ToWorker)
  window.addEventListener('pagehide', leave)
  return () => {
    window.removeEventListener('pagehide', leave)
    leave()
    port.close()
  }
}

/** Follow the stream in this tab alone; returns what ends that. */
function followAlone(url: string, handlers: Handlers): () => void {
  const stream = new LiveStream(url, handlers)
  stream.open()
  return () => stream.close()
}

/** Follow the stream of live updates, with the other tabs if the browser can; returns what ends that. */
export function follow(url: string, handlers: Handlers): () => void {
  const worker = sharedWorker()
  if (worker === null) return followAlone(url, handlers)
  let end = followShared(worker, handlers)
  worker.onerror = () => {
    // The worker could not be loaded: a policy of the browser, or files of another version.
    end()
    end = followAlone(url, handlers)
  }
  // A page that the browser has kept and shows again is told nothing meanwhile: it joins anew.
  const shownAgain = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return
    end()
    end = followAlone(url, handlers)
    handlers.onResume()
  }
  window.addEventListener('pageshow', shownAgain)
  return () => {
    window.removeEventListener('pageshow', shownAgain)
    end()
  }
}

function sharedWorker(): SharedWorker | null {
  if (typeof SharedWorker === 'undefined') return null
  try {
    return new SharedWorker(new URL('./stream.worker.ts', import.meta.url), {
      type: 'module',
      name: 'passwatch-stream',
    })
  } catch {
    return null
  }
}
