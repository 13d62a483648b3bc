import { type ReactNode, useId } from 'react'
import { cx } from './cx'
import styles from './Panel.module.css'

type Props = {
  title: string
  aside?: ReactNode
  flush?: boolean
  className?: string | undefined
  children: ReactNode
}

/** A titled part of a page: a landmark that a screen reader and a test find by its title. */
export function Panel({ title, aside, flush = false, className, children }: Props) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={cx(styles.panel, className)}>
      <header className={styles.header}>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div className={cx(styles.body, flush && styles.flush)}>{children}</div>
    </section>
  )
}
