import { valueAt } from '../../charts/lookup'
import { formatQuantity, NOTHING } from '../../format/number'
import { formatDateTime } from '../../format/time'
import styles from './Legend.module.css'
import type { Trace } from './model'

type Props = {
  traces: readonly Trace[]
  hidden: ReadonlySet<string>
  onToggle: (id: string) => void
  /** Where the cursor is; null when it is nowhere: then the newest values are shown. */
  cursor: number | null
  newest: number | null
  unit: string
  /** How far, in ms, from the cursor a sample may be to be read there. */
  reach: number
}

/** What each line is, and its value at the cursor. Lines of the main chart can be switched off. */
export function Legend({ traces, hidden, onToggle, cursor, newest, unit, reach }: Props) {
  const time = cursor ?? newest
  return (
    <div className={styles.legend}>
      <ul aria-label="Lines of the chart">
        {traces.map(trace => {
          const ofScore = trace.id === 'score' || trace.id === 'threshold'
          return (
            <li key={trace.id}>
              <button
                type="button"
                aria-pressed={!hidden.has(trace.id)}
                disabled={ofScore}
                onClick={() => onToggle(trace.id)}
              >
                <Swatch color={trace.color} dash={trace.dash} />
                {trace.label}
              </button>
              <span className={styles.value}>
                {time === null
                  ? NOTHING
                  : formatQuantity(
                      valueAt(trace.series, time, trace.steps ? Infinity : reach),
                      ofScore ? '' : unit,
                    )}
              </span>
            </li>
          )
        })}
      </ul>
      <output aria-label="Time of the values" className={styles.time}>
        {cursor === null && <span>newest </span>}
        {time === null ? NOTHING : `${formatDateTime(time)} UTC`}
      </output>
    </div>
  )
}

function Swatch({ color, dash }: { color: string; dash?: number[] | undefined }) {
  return (
    <svg width="20" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="20"
        y1="4"
        y2="4"
        stroke={`var(${color})`}
        strokeWidth="2.4"
        strokeDasharray={dash?.join(' ')}
      />
    </svg>
  )
}
