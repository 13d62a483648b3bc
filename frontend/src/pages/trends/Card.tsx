import type { ReactNode } from 'react'
import { cx } from '../../ui/cx'
import styles from './Cards.module.css'

type Props = {
  title: string
  note: string
  meter?: { share: number; over: boolean } | undefined
  /** Whether the figure is longer than most: smaller, it still stands there whole. */
  long?: boolean
  children: ReactNode
}

/** One figure: its name, its value and what it rests on; `meter` draws it against a threshold at the middle. */
export function Card({ title, note, meter, long = false, children }: Props) {
  return (
    <div className={styles.card}>
      <dt>{title}</dt>
      <dd className={cx(styles.figure, long && styles.long)}>{children}</dd>
      {meter && (
        <dd aria-hidden className={cx(styles.meter, meter.over && styles.over)}>
          <span style={{ width: `${meter.share * 100}%` }} />
        </dd>
      )}
      <dd className={styles.note}>{note || '\u00a0'}</dd>
    </div>
  )
}
