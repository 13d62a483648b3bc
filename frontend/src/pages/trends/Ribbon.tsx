import type { Compare } from '../../api/types'
import { place, type Span } from '../../charts/spans'
import { formatSpan, toMs } from '../../format/time'
import { cx } from '../../ui/cx'
import { lookOf } from '../../ui/verdicts'
import styles from './Ribbon.module.css'

type Props = { judgements: Compare['judgements']; axis: Span }

/** Which spans were judged, and how this channel was: one segment a batch, under the chart's time axis. */
export function Ribbon({ judgements, axis }: Props) {
  return (
    <ul aria-label="Judged batches in the chart" className={styles.ribbon}>
      {judgements.map(judged => {
        const box = place({ start: toMs(judged.from), end: toMs(judged.to) }, axis)
        if (!box) return null
        const named = `${judged.batch_id}, ${lookOf(judged.verdict, null).label}, ${formatSpan(judged.from, judged.to)} UTC`
        const label = judged.note ? `${named}: ${judged.note}` : named
        return (
          <li
            key={judged.judgement_id}
            title={label}
            aria-label={label}
            className={cx(styles.segment, styles[judged.verdict])}
            style={{ left: `${box.left}%`, width: `calc(${box.width}% - 2px)` }}
          />
        )
      })}
    </ul>
  )
}
