import { formatDateTime } from '../format/time'
import { useNow } from '../ui/use-now'
import styles from './Clock.module.css'

/** The present time, UTC. */
export function Clock() {
  const [date, time] = formatDateTime(useNow(1_000)).split(' ')
  return (
    <time className={styles.clock} title="Present time, UTC">
      <span>{date}</span> {time} <span>UTC</span>
    </time>
  )
}
