import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnomalyEvent } from '../../api/types'
import { withContext } from '../../charts/spans'
import { toMs } from '../../format/time'
import { Loaded } from '../../ui/Loaded'
import { Message } from '../../ui/Message'
import { Panel } from '../../ui/Panel'
import { Segmented } from '../../ui/Segmented'
import { EventRow } from './EventRow'
import styles from './Events.module.css'
import type { View } from './url-state'
import type { SetView } from './use-view'

const CONTEXT_MS = 30 * 60_000
const SCOPES = ['All', 'This channel'] as const

type Props = {
  events: UseQueryResult<{ items: AnomalyEvent[]; next: string | null }>
  channel: string
  view: View
  setView: SetView
}

/** What was found in this satellite's telemetry, newest first; an event takes the chart to its channel and time. */
export function Events({ events, channel, view, setView }: Props) {
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('All')
  const show = (event: AnomalyEvent) => {
    const span = { start: toMs(event.start), end: toMs(event.end) }
    setView({ metric: event.channel, zoom: withContext(span, CONTEXT_MS) })
  }
  return (
    <Panel
      title="Anomaly events"
      flush
      aside={<Segmented label="Events of" options={SCOPES} value={scope} onChange={setScope} />}
    >
      <Loaded query={events} what="The events">
        {({ items }) => {
          const shown = scope === 'All' ? items : items.filter(event => event.channel === channel)
          if (shown.length === 0) return <Message title="No events" detail="No anomaly was found here." />
          return (
            <div className={styles.frame}>
              <ul className={styles.list} aria-label="Events">
                {shown.map(event => (
                  <EventRow
                    key={event.event_id}
                    event={event}
                    current={isShown(event, channel, view)}
                    onShow={show}
                  />
                ))}
              </ul>
            </div>
          )
        }}
      </Loaded>
    </Panel>
  )
}

/** Whether the chart is zoomed onto this event. */
function isShown(event: AnomalyEvent, channel: string, view: View): boolean {
  if (event.channel !== channel || view.zoom === null) return false
  const { start, end } = withContext({ start: toMs(event.start), end: toMs(event.end) }, CONTEXT_MS)
  return start === view.zoom.start && end === view.zoom.end
}
