import type { UseQueryResult } from '@tanstack/react-query'
import type { Statistics } from '../../api/types'
import { formatNumber, formatQuantity } from '../../format/number'
import { formatShortTime } from '../../format/time'
import { type Fact, Facts } from '../../ui/Facts'
import { Loaded } from '../../ui/Loaded'
import { Panel } from '../../ui/Panel'
import { ForecastErrors } from './ForecastErrors'

type Props = { statistics: UseQueryResult<Statistics>; unit: string }

/** Statistics over all samples of the span shown, and how far the forecasts were from them. */
export function StatisticsPanel({ statistics, unit }: Props) {
  return (
    <Panel title="Statistics of the span shown">
      <Loaded query={statistics} what="The statistics" rows={8}>
        {data => (
          <>
            <Facts facts={factsOf(data, unit)} />
            <ForecastErrors errors={data.forecasts} unit={unit} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function factsOf(data: Statistics, unit: string): Fact[] {
  return [
    ['Samples', formatNumber(data.count, 9)],
    [
      'Highest',
      formatQuantity(data.max?.value, unit),
      data.max ? `${formatShortTime(data.max.time)} UTC` : undefined,
    ],
    [
      'Lowest',
      formatQuantity(data.min?.value, unit),
      data.min ? `${formatShortTime(data.min.time)} UTC` : undefined,
    ],
    ['Mean', formatQuantity(data.mean, unit)],
    ['Standard deviation', formatQuantity(data.std, unit)],
    ['Median', formatQuantity(data.median, unit)],
    ['5 % … 95 %', `${formatNumber(data.p05)} … ${formatQuantity(data.p95, unit)}`],
  ]
}
