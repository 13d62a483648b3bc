import type { UseQueryResult } from '@tanstack/react-query'
import type { Compare } from '../../api/types'
import { count } from '../../format/number'
import { formatShortTime } from '../../format/time'
import { type Fact, Facts } from '../../ui/Facts'
import { Loaded } from '../../ui/Loaded'
import { Message } from '../../ui/Message'
import { Panel } from '../../ui/Panel'
import text from '../../ui/text.module.css'
import styles from './JudgedBy.module.css'
import { fittedAt, fittedOn, type Judge, judgesOf, shortRevision, whose } from './judged-by'
import { modelLook } from './names'
import type { SetView } from './use-view'

type Props = { compare: UseQueryResult<Compare>; setView: SetView }

/** Which models and which calibration made the verdicts on this channel in the span shown, newest first. */
export function JudgedBy({ compare, setView }: Props) {
  return (
    <Panel title="Judged by, in the span shown">
      <Loaded query={compare} what="What judged this span" rows={6}>
        {({ judgements, satellite_id }) =>
          judgements.length === 0 ? (
            <Message title="Not judged" detail="No batch in the span shown has a verdict on this channel." />
          ) : (
            <ul className={styles.judges} aria-label="Models and calibrations">
              {judgesOf(judgements).map(judge => (
                <li key={judge.id}>
                  <button
                    type="button"
                    className={text.link}
                    title="Show in the chart"
                    onClick={() => setView({ zoom: judge.span })}
                  >
                    {judge.batches.length === 1 ? judge.batches[0] : count(judge.batches.length, 'batch')}
                  </button>
                  <span className={text.note}>
                    {formatShortTime(judge.span.start)} – {formatShortTime(judge.span.end)} UTC
                  </span>
                  <Facts facts={factsOf(judge, satellite_id)} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}

function factsOf({ models, calibration }: Judge, satellite: string): Fact[] {
  const versions = models.map(([model, version]): Fact => [modelLook(model).name, version])
  if (!calibration) return [...versions, ['Calibration', 'none']]
  const at = fittedAt(calibration)
  const on = fittedOn(calibration)
  return [
    ...versions,
    ['Calibration', shortRevision(calibration.revision), whose(calibration, satellite)],
    ...(at ? [['Fitted', at] as const] : []),
    ...(on ? [['Fitted on', on] as const] : []),
  ]
}
