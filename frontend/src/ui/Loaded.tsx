import type { ReactNode } from 'react'
import { ApiError } from '../api/problem'
import { Message } from './Message'
import { Skeleton } from './Skeleton'

/** As much of a query's result as it takes, whether it has one page or many. */
type Query<T> = { data: T | undefined; error: Error | null; refetch: () => unknown }

type Props<T> = {
  query: Query<T>
  /** What is loaded, in words. */
  what: string
  rows?: number
  height?: number
  children: (data: T) => ReactNode
}

/** A query's data; before it a skeleton; instead of it the problem and a way to try again. */
export function Loaded<T>({ query, what, rows = 4, height = 16, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failed error={query.error} what={what} retry={() => void query.refetch()} />
  return <Skeleton label={what} rows={rows} height={height} />
}

function Failed({ error, what, retry }: { error: Error; what: string; retry: () => void }) {
  const title = error instanceof ApiError ? error.problem.title : `${what} could not be loaded`
  return (
    <Message
      tone="error"
      title={title}
      detail={error.message}
      action={{ label: 'Try again', onClick: retry }}
    />
  )
}
