import type { Feature } from '../../api/types'
import { formatQuantity } from '../../format/number'
import { groupBy } from '../../ui/group-by'
import { PickList } from '../../ui/PickList'
import type { Group } from '../../ui/pick'
import { Sparkline } from '../../ui/Sparkline'
import { VerdictMark } from '../../ui/VerdictMark'
import { subsystemTitle } from './names'
import styles from './Pickers.module.css'

type Props = { features: readonly Feature[]; selected: string | null; onSelect: (channel: string) => void }

/** The channels, grouped by subsystem, each with its shape over the range, its newest value and its verdict. */
export function ChannelPicker({ features, selected, onSelect }: Props) {
  return (
    <PickList
      label="Channels"
      groups={bySubsystem(features)}
      selected={selected}
      onSelect={onSelect}
      searchFrom={1}
      render={feature => (
        <span className={styles.row} title={feature.description}>
          <span className={styles.name}>{feature.channel}</span>
          <Sparkline
            series={feature.sparkline}
            color={feature.events > 0 ? colorOf(feature) : 'var(--line-strong)'}
          />
          <span className={styles.value}>{formatQuantity(feature.latest?.value, feature.unit)}</span>
          {feature.verdict ? (
            <VerdictMark verdict={shownVerdict(feature)} severity={feature.severity} bare />
          ) : (
            <span className={styles.none}>
              <span className="visually-hidden">not judged</span>
            </span>
          )}
        </span>
      )}
    />
  )
}

/** A channel with an event in the range is marked as anomalous, also when its newest batch was nominal again. */
function shownVerdict(feature: Feature) {
  return feature.events > 0 ? 'ANOMALY' : (feature.verdict ?? 'PENDING')
}

function colorOf(feature: Feature) {
  return feature.severity === 'warning' ? 'var(--warning)' : 'var(--critical)'
}

function bySubsystem(features: readonly Feature[]): Group<Feature>[] {
  return groupBy(features, feature => feature.subsystem).map(([subsystem, members]) => {
    const anomalous = members.filter(feature => feature.events > 0).length
    return {
      name: subsystemTitle(subsystem),
      note: anomalous > 0 ? `${anomalous} of ${members.length} anomalous` : `${members.length} channels`,
      items: members.map(item => ({ id: item.channel, text: `${item.channel} ${item.description}`, item })),
    }
  })
}
