import type { Batch } from '../../api/types'
import { count, formatNumber, formatShare } from '../../format/number'
import { formatShortTime, toMs } from '../../format/time'
import text from '../../ui/text.module.css'
import { VerdictMark } from '../../ui/VerdictMark'
import { worst } from '../../ui/verdicts'
import styles from './Batches.module.css'
import type { SetView } from './use-view'

type Props = { batch: Batch; setView: SetView }

export function BatchRow({ batch, setView }: Props) {
  const { first_time, last_time } = batch
  const show = () => {
    if (first_time && last_time) setView({ zoom: { start: toMs(first_time), end: toMs(last_time) } })
  }
  return (
    <tr>
      <td>
        <VerdictMark verdict={batch.verdict} severity={worst(batch.worst_channels.map(c => c.severity))} />
      </td>
      <td>
        <button type="button" className={text.link} title="Show this batch in the chart" onClick={show}>
          {batch.batch_id}
        </button>
        <span className={text.note}>
          {first_time && last_time
            ? `${formatShortTime(first_time)} – ${formatShortTime(last_time)}`
            : 'no records yet'}
          {batch.revision !== null && batch.revision > 1 && ` · revision ${batch.revision}`}
        </span>
      </td>
      <td>
        {formatShare(batch.completeness)}
        <span className={text.note}>
          {formatNumber(batch.records, 9)} of{' '}
          {batch.expected === null ? 'unknown' : formatNumber(batch.expected, 9)}
        </span>
      </td>
      <td>
        <WorstChannels batch={batch} setView={setView} />
      </td>
      <td>
        {batch.seconds_to_verdict === null ? '–' : `${formatNumber(batch.seconds_to_verdict, 3)}\u00a0s`}
      </td>
    </tr>
  )
}

function WorstChannels({ batch, setView }: Props) {
  const { worst_channels, events } = batch
  if (worst_channels.length === 0) return <span className={text.note}>none stands out</span>
  return (
    <>
      {worst_channels.map(({ channel, score, severity }) => (
        <button
          key={channel}
          type="button"
          className={styles.channel}
          data-severity={severity}
          title={`Score ${formatNumber(score, 3)}; show this channel`}
          onClick={() => setView({ metric: channel })}
        >
          {channel}
        </button>
      ))}
      {events > 0 && <span className={text.note}>{count(events, 'event')}</span>}
    </>
  )
}
