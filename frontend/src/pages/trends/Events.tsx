import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { eventsQuery } from '../../api/queries'
import type { AnomalyEvent } from '../../api/types'
import { withContext } from '../../charts/spans'
import { toMs } from '../../format/time'
import { Loaded } from '../../ui/Loaded'
import { Panel } from '../../ui/Panel'
import { Segmented } from '../../ui/Segmented'
import { EventList } from './EventList'
import styles from './Events.module.css'
import { NoEvents } from './NoEvents'
import type { View } from './url-state'
import type { SetView } from './use-view'

const CONTEXT_MS = 30 * 60_000
const SCOPES = ['All', 'This channel'] as const

type Props = {
  satellite: string
  channel: string
  /** Whether any batch of the satellite has a verdict. */
  judged: boolean
  view: View
  setView: SetView
}

/** What was found in this satellite's telemetry, newest first; an event takes the chart to its channel and time. */
export function Events({ satellite, channel, judged, view, setView }: Props) {
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('All')
  const only = scope === 'All' ? null : channel
  const events = useInfiniteQuery(eventsQuery(satellite, only))
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
      <div className={styles.frame}>
        <Loaded query={events} what="The events" rows={5} height={40}>
          {({ items }) =>
            items.length === 0 ? (
              <NoEvents satellite={satellite} only={only} judged={judged} onAll={() => setScope('All')} />
            ) : (
              <EventList
                events={items}
                current={items.find(event => isShown(event, channel, view))?.event_id ?? null}
                onShow={show}
                older={events.hasNextPage ? () => void events.fetchNextPage() : null}
                busy={events.isFetchingNextPage}
              />
            )
          }
        </Loaded>
      </div>
    </Panel>
  )
}

/** Whether the chart is zoomed onto this event. */
function isShown(event: AnomalyEvent, channel: string, view: View): boolean {
  if (event.channel !== channel || view.zoom === null) return false
  const { start, end } = withContext({ start: toMs(event.start), end: toMs(event.end) }, CONTEXT_MS)
  return start === view.zoom.start && end === view.zoom.end
}
