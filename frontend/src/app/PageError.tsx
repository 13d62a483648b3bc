import { Link, useRouteError } from 'react-router'
import { Message } from '../ui/Message'

/** Stands in for a page whose code failed; the rest of the console stays usable. */
export function PageError() {
  const error = useRouteError()
  return (
    <Message
      tone="error"
      title="This page failed"
      detail={error instanceof Error ? error.message : 'An unexpected error was thrown.'}
      action={{ label: 'Load the page again', onClick: () => window.location.reload() }}
    />
  )
}

export function NotFound() {
  return (
    <Message title="No such page" detail="The address does not belong to any page of the console.">
      <Link to="/">Go to trends</Link>
    </Message>
  )
}
