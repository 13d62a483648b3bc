import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../api/problem'
import { Message } from './Message'
import { Skeleton } from './Skeleton'

type Props<T> = {
  query: UseQueryResult<T>
  /** What is loaded, in words. */
  what: string
  rows?: number
  height?: number
  children: (data: T) => ReactNode
}

/** A query's data; before it a skeleton; instead of it the problem and a way to try again. */
export function Loaded<T>({ query, what, rows = 4, height = 16, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <Failed error={query.error} what={what} retry={() => void query.refetch()} />
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
