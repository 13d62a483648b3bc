import { Message } from '../../ui/Message'

type Props = { satellite: string; only: string | null; judged: boolean; onAll: () => void }

/** Why there are no events: nothing was judged, nothing was found on the channel, or nothing at all. */
export function NoEvents({ satellite, only, judged, onAll }: Props) {
  if (!judged)
    return <Message title="Nothing judged yet" detail={`No batch of ${satellite} has a verdict.`} />
  if (only === null) {
    return <Message title="No events" detail={`No anomaly was found in what was judged of ${satellite}.`} />
  }
  return (
    <Message
      title="No events"
      detail={`No anomaly was found in what was judged of ${only}.`}
      action={{ label: 'All channels', onClick: onAll }}
    />
  )
}
