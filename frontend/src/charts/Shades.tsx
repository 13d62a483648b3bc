import { createPortal } from 'react-dom'
import { cx } from '../ui/cx'
import styles from './Shades.module.css'
import { place, type Severity, type Span } from './spans'

export type Shade = Span & { id: string; severity: Severity; label: string }

type Props = {
  shades: readonly Shade[]
  axis: Span
  label: string
  under: HTMLElement
  over: HTMLElement
  /** What a click on a span's flag does; without it there are no flags. */
  onSelect?: ((shade: Shade) => void) | undefined
}

/** Shaded spans behind a chart's lines, each with a flag on top that selects it. */
export function Shades({ shades, axis, label, under, over, onSelect }: Props) {
  const placed = shades.flatMap(shade => {
    const box = place(shade, axis)
    return box ? [{ shade, style: { left: `${box.left}%`, width: `${box.width}%` } }] : []
  })
  const bands = (
    <ul aria-label={label} className={styles.layer}>
      {placed.map(({ shade, style }) => (
        <li
          key={shade.id}
          aria-label={shade.label}
          className={cx(styles.band, styles[shade.severity])}
          style={style}
        />
      ))}
    </ul>
  )
  // The flags repeat the list of events for the mouse; the keyboard has the list itself.
  const flags =
    onSelect &&
    placed.map(({ shade, style }) => (
      <button
        key={shade.id}
        type="button"
        tabIndex={-1}
        aria-hidden
        title={shade.label}
        className={cx(styles.flag, styles[shade.severity])}
        style={style}
        onMouseDown={event => event.stopPropagation()}
        onClick={() => onSelect(shade)}
      />
    ))
  return (
    <>
      {createPortal(bands, under)}
      {createPortal(flags, over)}
    </>
  )
}
