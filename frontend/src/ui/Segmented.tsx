import styles from './Segmented.module.css'

type Props<T extends string> = {
  label: string
  options: readonly T[]
  /** The chosen option; null when none applies. */
  value: T | null
  onChange: (value: T) => void
}

/** One of a few options, as a group of radio buttons in a row. */
export function Segmented<T extends string>({ label, options, value, onChange }: Props<T>) {
  return (
    <fieldset className={styles.group}>
      <legend className="visually-hidden">{label}</legend>
      {options.map(option => (
        <label key={option} className={styles.option}>
          <input type="radio" name={label} checked={option === value} onChange={() => onChange(option)} />
          <span>{option}</span>
        </label>
      ))}
    </fieldset>
  )
}
