import type { Satellite } from '../../api/types'
import { formatDuration, formatShortTime, isStale, toMs } from '../../format/time'
import { cx } from '../../ui/cx'
import { groupBy } from '../../ui/group-by'
import { PickList } from '../../ui/PickList'
import type { Group } from '../../ui/pick'
import { useNow } from '../../ui/use-now'
import { VerdictMark } from '../../ui/VerdictMark'
import styles from './Pickers.module.css'

const MINUTE_MS = 60_000

type Props = { satellites: readonly Satellite[]; selected: string; onSelect: (id: string) => void }

/** The satellites, grouped by mission, each with the verdict on its newest batch. */
export function SatellitePicker({ satellites, selected, onSelect }: Props) {
  const now = useNow(MINUTE_MS)
  return (
    <div className={styles.satellites}>
      <PickList
        label="Satellites"
        groups={byMission(satellites)}
        selected={selected}
        onSelect={onSelect}
        render={satellite => (
          <span className={styles.row}>
            <span className={styles.name}>{satellite.satellite_id}</span>
            <LastSeen newest={satellite.newest_sample} now={now} />
            {satellite.newest_sample && (
              <span className={cx(isStale(satellite.newest_sample, now) && styles.stale)}>
                <VerdictMark verdict={satellite.verdict} bare />
              </span>
            )}
          </span>
        )}
      />
    </div>
  )
}

/** When a satellite was last seen; after two days it is stale, and its age says so. */
function LastSeen({ newest, now }: { newest: string | null; now: number }) {
  if (newest === null) return <span className={styles.value}>never seen</span>
  const at = formatShortTime(newest)
  if (!isStale(newest, now)) return <span className={styles.value}>{at}</span>
  const age = formatDuration(now - toMs(newest))
  return (
    <span className={cx(styles.value, styles.stale)} title={`Stale: last seen ${at} UTC, ${age} ago`}>
      stale, {age}
    </span>
  )
}

function byMission(satellites: readonly Satellite[]): Group<Satellite>[] {
  return groupBy(satellites, satellite => satellite.mission).map(([mission, members]) => ({
    name: `Satellites, ${mission}`,
    note: 'newest, UTC',
    items: members.map(item => ({
      id: item.satellite_id,
      text: `${item.satellite_id} ${item.name ?? ''} ${item.mission}`,
      item,
    })),
  }))
}
