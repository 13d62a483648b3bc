import { useQuery } from '@tanstack/react-query'
import { satellitesQuery } from '../../api/queries'
import { Loaded } from '../../ui/Loaded'
import { chooseSatellite } from './choose'
import { NoTelemetry } from './NoTelemetry'
import { SatelliteView } from './SatelliteView'
import styles from './TrendPage.module.css'
import { useView } from './use-view'

/** Telemetry of one channel against its forecasts, with everything that was found in it. */
export function TrendPage() {
  const [view, setView] = useView()
  const satellites = useQuery(satellitesQuery())
  return (
    <Loaded query={satellites} what="The list of satellites" rows={12} height={28}>
      {({ items }) => {
        const satellite = chooseSatellite(view, items)
        return (
          <div className={styles.page}>
            <h1 className="visually-hidden">Telemetry trends</h1>
            {satellite === null ? (
              <NoTelemetry />
            ) : (
              <SatelliteView satellite={satellite} satellites={items} view={view} setView={setView} />
            )}
          </div>
        )
      }}
    </Loaded>
  )
}
