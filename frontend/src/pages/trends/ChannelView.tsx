import { useQuery } from '@tanstack/react-query'
import { batchesQuery, compareQuery, statisticsQuery } from '../../api/queries'
import type { Feature } from '../../api/types'
import { toMs } from '../../format/time'
import { Batches } from './Batches'
import { Cards } from './Cards'
import { ChannelHeader } from './ChannelHeader'
import styles from './ChannelView.module.css'
import { spanOf } from './choose'
import { Events } from './Events'
import { JudgedBy } from './JudgedBy'
import { StatisticsPanel } from './StatisticsPanel'
import { TrendChart } from './TrendChart'
import type { View } from './url-state'
import type { SetView } from './use-view'

type Props = { satellite: string; feature: Feature; view: View; setView: SetView }

export function ChannelView({ satellite, feature, view, setView }: Props) {
  const span = spanOf(view)
  const channel = feature.channel
  const compare = useQuery(compareQuery(satellite, channel, span))
  const statistics = useQuery(statisticsQuery(satellite, channel, span))
  const batches = useQuery(batchesQuery(satellite))
  const judged = batches.data?.items.some(batch => batch.verdict !== 'PENDING') ?? true
  const shown = compare.data && { start: toMs(compare.data.from), end: toMs(compare.data.to) }
  const empty = view.zoom !== null && compare.data?.samples === 0 && compare.data.judgements.length === 0
  return (
    <>
      <ChannelHeader satellite={satellite} feature={feature} view={view} setView={setView} shown={shown} />
      <Cards feature={feature} statistics={statistics} empty={empty} />
      <div className={styles.evidence}>
        <TrendChart compare={compare} feature={feature} setView={setView} />
        <Events satellite={satellite} channel={channel} judged={judged} view={view} setView={setView} />
      </div>
      <div className={styles.details}>
        <div className={styles.column}>
          <Batches batches={batches} setView={setView} />
          <JudgedBy compare={compare} setView={setView} />
        </div>
        <StatisticsPanel statistics={statistics} unit={feature.unit} />
      </div>
    </>
  )
}
