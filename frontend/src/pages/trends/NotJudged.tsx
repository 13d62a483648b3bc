import type { Compare } from '../../api/types'
import { count } from '../../format/number'
import { formatSpan, toMs } from '../../format/time'
import { VerdictMark } from '../../ui/VerdictMark'
import styles from './NotJudged.module.css'

/** As many batches as have room; a longer outage has one reason in all of them. */
const SHOWN = 3

/** Which batches gave no verdict on this channel and why, the newest first: silence would read as nominal. */
export function NotJudged({ judgements }: { judgements: Compare['judgements'] }) {
  const without = judgements
    .filter(({ verdict }) => verdict === 'INSUFFICIENT_DATA' || verdict === 'ERROR')
    .sort((a, b) => toMs(b.from) - toMs(a.from))
  if (without.length === 0) return null
  const more = without.length - SHOWN
  return (
    <div className={styles.frame}>
      <ul aria-label="Not judged in the span shown">
        {without.slice(0, SHOWN).map(({ judgement_id, verdict, from, to, note }) => (
          <li key={judgement_id}>
            <VerdictMark verdict={verdict} />
            <span>
              {formatSpan(from, to)} UTC{note && `: ${note}`}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p>and {count(more, 'batch')} before</p>}
    </div>
  )
}
