import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { AnomalyEvent } from '../../api/types'
import { neighbour } from '../../ui/pick'
import { EventRow } from './EventRow'
import styles from './Events.module.css'

type Props = {
  events: readonly AnomalyEvent[]
  /** The event that the chart shows. */
  current: string | null
  onShow: (event: AnomalyEvent) => void
  /** Asks for older events; null when there are none. */
  older: (() => void) | null
  busy: boolean
}

/** Events as one stop of the tabulator, walked by arrow keys, Home and End. */
export function EventList({ events, current, onShow, older, busy }: Props) {
  const list = useRef<HTMLUListElement>(null)
  const asked = useRef<number | null>(null)
  const ids = events.map(event => event.event_id)
  const tabStop = current ?? ids[0]

  const focus = (id: string | undefined) =>
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id ?? '')}"]`)?.focus()

  // The button that asked goes away or moves down: who pressed it goes on at the first of what came.
  useEffect(() => {
    if (asked.current === null || ids.length <= asked.current) return
    focus(ids[asked.current])
    asked.current = null
  })

  const onKeyDown = (event: KeyboardEvent) => {
    const { id } = (event.target as HTMLElement).dataset
    const next = id === undefined ? undefined : neighbour(ids, id, event.key)
    if (next === undefined) return
    focus(next)
    event.preventDefault()
  }
  const askOlder = () => {
    asked.current = ids.length
    older?.()
  }
  return (
    <div className={styles.scroll}>
      <ul ref={list} className={styles.list} aria-label="Events" onKeyDown={onKeyDown}>
        {events.map(event => (
          <EventRow
            key={event.event_id}
            event={event}
            current={event.event_id === current}
            tabStop={event.event_id === tabStop}
            onShow={onShow}
          />
        ))}
      </ul>
      {older && (
        <button type="button" className={styles.older} aria-disabled={busy} onClick={askOlder}>
          {busy ? 'Older events are being loaded' : 'Older events'}
        </button>
      )}
    </div>
  )
}
