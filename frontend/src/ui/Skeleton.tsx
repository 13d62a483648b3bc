import styles from './Skeleton.module.css'

type Props = { label: string; rows?: number; height?: number }

/** Holds the place of data that is being loaded, in the size that the data will have. */
export function Skeleton({ label, rows = 1, height = 16 }: Props) {
  return (
    <div role="status" aria-label={`${label} is being loaded`} className={styles.skeleton}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
        <span key={row} style={{ height }} />
      ))}
    </div>
  )
}
