import type { UseQueryResult } from '@tanstack/react-query'
import type { Statistics } from '../../api/types'
import { formatNumber, formatQuantity } from '../../format/number'
import { formatShortTime } from '../../format/time'
import { Loaded } from '../../ui/Loaded'
import { Panel } from '../../ui/Panel'
import { ForecastErrors } from './ForecastErrors'
import styles from './StatisticsPanel.module.css'

type Props = { statistics: UseQueryResult<Statistics>; unit: string }

/** Statistics over all samples of the span shown, and how far the forecasts were from them. */
export function StatisticsPanel({ statistics, unit }: Props) {
  return (
    <Panel title="Statistics of the span shown" className={styles.panel}>
      <Loaded query={statistics} what="The statistics" rows={8}>
        {data => (
          <>
            <dl className={styles.rows}>
              {rows(data, unit).map(([name, value, note]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {note && <span>{note}</span>}
                    {value}
                  </dd>
                </div>
              ))}
            </dl>
            <ForecastErrors errors={data.forecasts} unit={unit} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function rows(data: Statistics, unit: string): [string, string, string?][] {
  return [
    ['Samples', formatNumber(data.count, 9)],
    ['Highest', formatQuantity(data.max?.value, unit), data.max ? formatShortTime(data.max.time) : ''],
    ['Lowest', formatQuantity(data.min?.value, unit), data.min ? formatShortTime(data.min.time) : ''],
    ['Mean', formatQuantity(data.mean, unit)],
    ['Standard deviation', formatQuantity(data.std, unit)],
    ['Median', formatQuantity(data.median, unit)],
    ['5 % … 95 %', `${formatNumber(data.p05)} … ${formatQuantity(data.p95, unit)}`],
  ]
}
