import type { Feature } from '../../api/types'
import type { Span } from '../../charts/spans'
import { formatDuration, formatSpan } from '../../format/time'
import { Segmented } from '../../ui/Segmented'
import styles from './ChannelHeader.module.css'
import { subsystemTitle } from './names'
import { RANGES, type View } from './url-state'
import type { SetView } from './use-view'

type Props = { satellite: string; feature: Feature; view: View; setView: SetView; shown: Span | undefined }

/** What is shown (satellite, channel, span of event time) and the range picker. */
export function ChannelHeader({ satellite, feature, view, setView, shown }: Props) {
  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <p className={styles.path}>
          {[satellite, subsystemTitle(feature.subsystem), feature.description].filter(Boolean).join(' · ')}
        </p>
        <h2>
          {feature.channel} <span className={styles.unit}>{feature.unit}</span>
        </h2>
      </div>
      <div className={styles.span}>
        <p aria-live="polite" className={styles.times}>
          {shown && (
            <>
              {formatSpan(shown.start, shown.end)} <span>UTC</span>
              <span> · {formatDuration(shown.end - shown.start)}</span>
            </>
          )}
        </p>
        <div className={styles.controls}>
          {view.zoom && (
            <button type="button" className={styles.reset} onClick={() => setView({ zoom: null })}>
              Reset zoom
            </button>
          )}
          <Segmented
            label="Range back from the newest sample"
            options={RANGES}
            value={view.zoom ? null : view.range}
            onChange={range => setView({ range, zoom: null })}
          />
        </div>
      </div>
    </header>
  )
}
