import type { ReactNode } from 'react'
import { cx } from './cx'
import styles from './Message.module.css'

type Props = {
  title: string
  detail?: ReactNode
  tone?: 'quiet' | 'error'
  action?: { label: string; onClick: () => void }
  children?: ReactNode
}

/** What stands where data would: that there is none and why, or what failed and how to go on. */
export function Message({ title, detail, tone = 'quiet', action, children }: Props) {
  return (
    <div role={tone === 'error' ? 'alert' : 'status'} className={cx(styles.message, styles[tone])}>
      <p className={styles.title}>{title}</p>
      {detail && <p className={styles.detail}>{detail}</p>}
      {action && (
        <button type="button" onClick={action.onClick}>
          {action.label}
        </button>
      )}
      {children}
    </div>
  )
}
