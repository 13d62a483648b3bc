/** The shared worker: holds the one stream of live updates of all tabs. */

import { StreamHub } from './shared'
import { LiveStream, STREAM_URL } from './stream'

const hub = new StreamHub(handlers => new LiveStream(STREAM_URL, handlers))

addEventListener('connect', event => {
  const [port] = (event as MessageEvent).ports
  if (port) hub.join(port)
})
