import type { UseQueryResult } from '@tanstack/react-query'
import type { Compare, Feature } from '../../api/types'
import { Loaded } from '../../ui/Loaded'
import { Message } from '../../ui/Message'
import { Panel } from '../../ui/Panel'
import { Charts, MAIN_HEIGHT, SCORE_HEIGHT } from './Charts'
import { gapsText } from './model'
import { NotJudged } from './NotJudged'
import type { SetView } from './use-view'

type Props = { compare: UseQueryResult<Compare>; feature: Feature; setView: SetView }

/** Telemetry against the forecasts of both models, and below it the scores. */
export function TrendChart({ compare, feature, setView }: Props) {
  return (
    <Panel title="Telemetry and forecasts" flush aside={<Hint compare={compare} />}>
      <Loaded query={compare} what="The chart" rows={1} height={MAIN_HEIGHT + SCORE_HEIGHT}>
        {data =>
          data.samples === 0 && data.scores.t.length === 0 ? (
            <Message title="No samples" detail={`${feature.channel} has no samples between these times.`} />
          ) : (
            <>
              <Charts compare={data} unit={feature.unit} setView={setView} />
              <NotJudged judgements={data.judgements} />
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Hint({ compare }: { compare: UseQueryResult<Compare> }) {
  if (compare.isPlaceholderData) return <span role="status">Loading…</span>
  const decimated = compare.data?.decimated ? 'Thinned, extremes kept. ' : ''
  const gaps = compare.data ? gapsText(compare.data) : ''
  const newest = compare.data?.takes.some(span => span.take > 0)
    ? 'Several batches share this time; the newest is drawn. '
    : ''
  return (
    <span>
      {newest}
      {gaps}
      {decimated}Drag to zoom, double-click to reset, arrows to read values.
    </span>
  )
}
