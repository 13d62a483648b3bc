import type { AnomalyEvent } from '../../api/types'
import { formatNumber, formatRarity } from '../../format/number'
import { formatDuration, formatSpan, toMs } from '../../format/time'
import { VerdictMark } from '../../ui/VerdictMark'
import styles from './Events.module.css'
import { detectorName } from './names'

type Props = {
  event: AnomalyEvent
  current: boolean
  /** Whether the tabulator stops here; the arrow keys lead to the others. */
  tabStop: boolean
  onShow: (event: AnomalyEvent) => void
}

export function EventRow({ event, current, tabStop, onShow }: Props) {
  const evidence = `score ${formatNumber(event.score, 3)} over ${formatNumber(event.threshold, 3)}`
  return (
    <li>
      <button
        type="button"
        className={styles.event}
        title="Show in the chart"
        aria-current={current || undefined}
        data-id={event.event_id}
        tabIndex={tabStop ? 0 : -1}
        onClick={() => onShow(event)}
      >
        <span className={styles.mark}>
          <VerdictMark verdict="ANOMALY" severity={event.severity} bare />
        </span>
        <span className={styles.head}>
          <strong>{event.channel}</strong>
          <span>{formatDuration(toMs(event.end) - toMs(event.start))}</span>
        </span>
        <span className={styles.words}>{event.explanation}</span>
        <span className={styles.note}>{formatSpan(event.start, event.end)} UTC</span>
        <span className={styles.note}>
          {detectorName(event.detector)}, {evidence}
          {event.confidence === null ? '' : `; nominal once in ${formatRarity(event.confidence)} samples`}
        </span>
      </button>
    </li>
  )
}
