import styles from './Facts.module.css'
import text from './text.module.css'

export type Fact = readonly [name: string, value: string, note?: string | undefined]

/** Names with their values, one a line; a note says more below its value. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note && <span className={text.note}>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
