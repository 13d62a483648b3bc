import type { ReactNode } from 'react'
import type { Severity, Verdict } from '../api/types'
import styles from './VerdictMark.module.css'
import { lookOf, type Shape } from './verdicts'

const SHAPES: Record<Shape, ReactNode> = {
  check: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M5.2 8.2l2 2 3.6-4" />
    </>
  ),
  triangle: (
    <>
      <path d="M8 2.2L14.2 13.2H1.8z" />
      <path d="M8 6.4v3.2M8 11.4v.2" />
    </>
  ),
  octagon: (
    <>
      <path className={styles.solid} d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3z" />
      <path className={styles.cut} d="M8 4.6v4.2M8 11.2v.2" />
    </>
  ),
  question: (
    <>
      <circle cx="8" cy="8" r="6.2" strokeDasharray="2.6 2" />
      <path d="M6.3 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.2M8 11.2v.2" />
    </>
  ),
  cross: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="1.5" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" />
    </>
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 4.6V8l2.2 1.6" />
    </>
  ),
}

type Props = { verdict: Verdict; severity?: Severity | null | undefined; bare?: boolean }

/** A verdict as shape and word; `bare` shows the shape and keeps the word for its accessible name. */
export function VerdictMark({ verdict, severity, bare = false }: Props) {
  const look = lookOf(verdict, severity)
  const words = [look.label, look.degree].filter(Boolean).join(', ')
  return (
    <span className={styles.mark} style={{ color: look.color }} title={bare ? words : undefined}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {SHAPES[look.shape]}
      </svg>
      {bare ? (
        <span className="visually-hidden">{words}</span>
      ) : (
        <span>
          {look.label}
          {look.degree && <span className={styles.degree}> {look.degree}</span>}
        </span>
      )}
    </span>
  )
}
