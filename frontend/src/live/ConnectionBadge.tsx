import { cx } from '../ui/cx'
import styles from './ConnectionBadge.module.css'
import { useConnection } from './LiveProvider'
import type { Connection } from './stream'

const WORDS: Record<Connection, { label: string; title: string }> = {
  connecting: { label: 'Connecting', title: 'Opening the stream of live updates' },
  live: { label: 'Live', title: 'New verdicts appear as they are made' },
  reconnecting: {
    label: 'Reconnecting',
    title: 'The stream of live updates was lost and is being opened again',
  },
  polling: {
    label: 'Polling',
    title: 'No live updates: data is asked for every 30 s, and the stream is tried again',
  },
}

/** How new verdicts reach this page at the moment. */
export function ConnectionBadge() {
  const connection = useConnection()
  const { label, title } = WORDS[connection]
  return (
    <output aria-label="Live updates" title={title} className={cx(styles.badge, styles[connection])}>
      <span className={styles.dot} aria-hidden />
      {label}
    </output>
  )
}
