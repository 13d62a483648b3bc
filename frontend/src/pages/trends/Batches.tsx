import type { UseQueryResult } from '@tanstack/react-query'
import type { Batch } from '../../api/types'
import { Loaded } from '../../ui/Loaded'
import { Message } from '../../ui/Message'
import { Panel } from '../../ui/Panel'
import styles from './Batches.module.css'
import { BatchRow } from './BatchRow'
import type { SetView } from './use-view'

type Props = {
  batches: UseQueryResult<{ items: Batch[]; next: string | null }>
  setView: SetView
}

/** The newest batches of the satellite: how complete each was, and what it was judged to be. */
export function Batches({ batches, setView }: Props) {
  return (
    <Panel title="Recent batches" flush>
      <Loaded query={batches} what="The batches" rows={8} height={36}>
        {({ items }) =>
          items.length === 0 ? (
            <Message title="No batches" detail="No batch of this satellite has come yet." />
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
            <section className={styles.scroll} aria-label="Batches, scrollable" tabIndex={0}>
              <table className={styles.table} aria-label="Batches">
                <thead>
                  <tr>
                    <th scope="col">Verdict</th>
                    <th scope="col">Batch and event time, UTC</th>
                    <th scope="col">Complete</th>
                    <th scope="col">Worst channels</th>
                    <th scope="col" title="From the batch's marker to its last verdict">
                      To verdict
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map(batch => (
                    <BatchRow key={batch.batch_uid} batch={batch} setView={setView} />
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
    </Panel>
  )
}
