/** Which cached answers a live event makes old. */

import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { keys } from '../api/keys'
import type { LiveEvent } from './stream'

/** The keys of everything that may differ after these events; all of it where an event names no satellite. */
export function outdated(events: readonly LiveEvent[]): QueryKey[] {
  const satellites = new Set(events.map(event => event.satelliteId))
  if (satellites.has(null)) return [keys.all]
  return [keys.fleet, ...[...satellites].map(id => keys.satellite(id as string))]
}

/**
 * Collects events for `delay` ms and then asks anew, once, for what they made old: four verdicts of one batch,
 * or a thousand batches at once, cost one round of requests.
 */
export class Invalidator {
  private waiting: LiveEvent[] = []
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly client: QueryClient,
    private readonly delay = 400,
  ) {}

  add(event: LiveEvent) {
    this.waiting.push(event)
    this.timer ??= setTimeout(() => this.flush(), this.delay)
  }

  /** Everything shown may be old: the stream was away. */
  all() {
    void this.client.invalidateQueries({ queryKey: keys.all })
  }

  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private flush() {
    this.timer = undefined
    const events = this.waiting.splice(0)
    for (const queryKey of outdated(events)) void this.client.invalidateQueries({ queryKey })
  }
}
