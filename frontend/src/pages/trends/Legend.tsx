import { valueAt } from '../../charts/lookup'
import { formatQuantity } from '../../format/number'
import styles from './Legend.module.css'
import type { Trace } from './model'

type Props = {
  label: string
  traces: readonly Trace[]
  /** Where the values are read, ms. */
  time: number | null
  unit: string
  /** How far, in ms, from there a sample may be. */
  reach: number
  /** Which lines are switched off, and how to switch one; without it the lines stay. */
  toggle?: { hidden: ReadonlySet<string>; onToggle: (id: string) => void }
}

/** What each line of a chart is, and its value at the cursor. */
export function Legend({ label, traces, time, unit, reach, toggle }: Props) {
  return (
    <ul aria-label={label} className={styles.legend}>
      {traces.map(trace => (
        <li key={trace.id}>
          {toggle ? (
            <button
              type="button"
              aria-pressed={!toggle.hidden.has(trace.id)}
              onClick={() => toggle.onToggle(trace.id)}
            >
              <Name trace={trace} />
            </button>
          ) : (
            <span className={styles.name}>
              <Name trace={trace} />
            </span>
          )}
          <span className={styles.value}>
            {time !== null &&
              formatQuantity(
                valueAt(trace.series, time, trace.steps ? Number.POSITIVE_INFINITY : reach),
                unit,
              )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Name({ trace: { color, dash, label } }: { trace: Trace }) {
  const stroke = { stroke: `var(${color})`, strokeWidth: 2.4, strokeDasharray: dash?.join(' ') }
  return (
    <>
      <svg width="20" height="8" aria-hidden="true">
        <line x1="0" x2="20" y1="4" y2="4" {...stroke} />
      </svg>
      {label}
    </>
  )
}
