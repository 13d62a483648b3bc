import type { Satellite } from '../../api/types'
import { formatShortTime } from '../../format/time'
import { groupBy } from '../../ui/group-by'
import { PickList } from '../../ui/PickList'
import type { Group } from '../../ui/pick'
import { VerdictMark } from '../../ui/VerdictMark'
import styles from './Pickers.module.css'

type Props = { satellites: readonly Satellite[]; selected: string; onSelect: (id: string) => void }

/** The satellites, grouped by mission, each with the verdict on its newest batch. */
export function SatellitePicker({ satellites, selected, onSelect }: Props) {
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
            <span className={styles.value}>
              {satellite.newest_sample ? formatShortTime(satellite.newest_sample) : 'not heard'}
            </span>
            {satellite.newest_sample && <VerdictMark verdict={satellite.verdict} bare />}
          </span>
        )}
      />
    </div>
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
