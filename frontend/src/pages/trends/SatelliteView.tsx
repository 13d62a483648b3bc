import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { featuresQuery } from '../../api/queries'
import type { Satellite } from '../../api/types'
import { Loaded } from '../../ui/Loaded'
import { Message } from '../../ui/Message'
import { ChannelPicker } from './ChannelPicker'
import { ChannelView } from './ChannelView'
import { chooseChannel } from './choose'
import { SatellitePicker } from './SatellitePicker'
import styles from './TrendPage.module.css'
import type { View } from './url-state'
import type { SetView } from './use-view'

type Props = { satellite: string; satellites: readonly Satellite[]; view: View; setView: SetView }

/** The pickers, and beside them the chosen channel of the chosen satellite. */
export function SatelliteView({ satellite, satellites, view, setView }: Props) {
  const features = useQuery(featuresQuery(satellite, { range: view.range }))
  const channel = features.data ? chooseChannel(view, features.data.items) : null

  // The address names what is shown, also where it was chosen by default: so a copied link shows the same.
  useEffect(() => {
    if (channel === null || (view.satellite === satellite && view.metric === channel)) return
    setView({ satellite, metric: channel }, { replace: true })
  }, [channel, satellite, view, setView])

  const feature = features.data?.items.find(item => item.channel === channel)
  return (
    <div className={styles.columns}>
      <aside className={styles.side} aria-label="Satellite and channel">
        <SatellitePicker
          satellites={satellites}
          selected={satellite}
          onSelect={id => setView({ satellite: id, zoom: null })}
        />
        {features.data && (
          <ChannelPicker
            features={features.data.items}
            selected={channel}
            onSelect={metric => setView({ metric })}
          />
        )}
      </aside>
      <div className={styles.content}>
        <Loaded query={features} what="The channels" rows={14} height={28}>
          {() =>
            feature ? (
              <ChannelView satellite={satellite} feature={feature} view={view} setView={setView} />
            ) : (
              <Message title="No channels" detail={`Nothing is known of the channels of ${satellite}.`} />
            )
          }
        </Loaded>
      </div>
    </div>
  )
}
