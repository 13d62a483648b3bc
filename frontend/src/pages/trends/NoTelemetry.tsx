import { Message } from '../../ui/Message'

export function NoTelemetry() {
  return (
    <Message
      title="No telemetry yet"
      detail={
        <>
          Send some: <code>make send ARGS="--satellites 2 --batches 1 --seed 7 --wait"</code>. It appears here
          as soon as it is stored.
        </>
      }
    />
  )
}
