import type { UseQueryResult } from '@tanstack/react-query'
import type { Feature, Statistics } from '../../api/types'
import { formatNumber, formatShare, NOTHING } from '../../format/number'
import { formatDateTime } from '../../format/time'
import { VerdictMark } from '../../ui/VerdictMark'
import { Card } from './Card'
import styles from './Cards.module.css'
import { scoreText } from './score'

/** Characters of a figure that have room at its full size. */
const SHORT = 13

/** `empty`: the span that is shown has no sample; the feature's figures are those of the range before it was zoomed. */
type Props = { feature: Feature; statistics: UseQueryResult<Statistics>; empty: boolean }

/** The channel in six figures. */
export function Cards({ feature, statistics, empty }: Props) {
  const { latest, unit } = feature
  const { data } = statistics
  const range =
    data?.min && data.max
      ? `${formatNumber(data.min.value, 4)} … ${formatNumber(data.max.value, 4)}`
      : NOTHING
  return (
    <dl className={styles.cards} aria-label="Key figures" aria-busy={statistics.isPending}>
      <Card
        title="Latest value"
        note={latest ? `${formatDateTime(latest.time)} UTC` : 'no sample in the range'}
      >
        {formatNumber(latest?.value)} <span className={styles.unit}>{unit}</span>
      </Card>
      <Card title="Verdict" note={verdictNote(feature, empty)}>
        {feature.verdict && !empty ? (
          <VerdictMark verdict={feature.verdict} severity={feature.severity} />
        ) : (
          NOTHING
        )}
      </Card>
      {empty ? (
        <Card title="Score" note="nothing to score">
          {NOTHING}
        </Card>
      ) : (
        <Card title="Score" note={scoreText(feature.score, feature.threshold)} meter={meter(feature)}>
          {formatNumber(feature.score, 3)}
        </Card>
      )}
      <Card
        title="Completeness"
        note={data ? `${formatNumber(data.count, 9)} of ${formatNumber(data.expected, 9)} samples` : ''}
      >
        {formatShare(data?.completeness)}
      </Card>
      <Card
        title="Range"
        long={range.length > SHORT}
        note={data ? `mean ${formatNumber(data.mean, 4)} ± ${formatNumber(data.std, 3)} ${unit}` : ''}
      >
        {range}
      </Card>
      <Card
        title="Events shown"
        note={data ? `${data.events.critical} critical, ${data.events.warning} warning` : ''}
      >
        {data ? formatNumber(data.events.critical + data.events.warning) : NOTHING}
      </Card>
    </dl>
  )
}

function verdictNote({ verdict }: Feature, empty: boolean): string {
  if (empty) return 'no telemetry between these times'
  return verdict ? 'newest batch in the range' : 'no batch was judged'
}

/** How far the score has come towards twice its threshold. */
function meter({ score, threshold }: Feature) {
  if (score === null || !threshold) return undefined
  return { share: Math.min(score / threshold / 2, 1), over: score >= threshold }
}
