import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { Invalidator } from './invalidate'
import { type Connection, LiveStream } from './stream'

export const STREAM_URL = '/api/v1/stream'
const POLL_MS = 30_000

const ConnectionContext = createContext<Connection>('connecting')

export const useConnection = () => useContext(ConnectionContext)

/** Keeps what is shown as new as the server's data: by events while the stream is up, by the clock while it is not. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')

  useEffect(() => {
    const invalidator = new Invalidator(client)
    const stream = new LiveStream(STREAM_URL, {
      onConnection: setConnection,
      onEvent: event => invalidator.add(event),
      onResume: () => invalidator.all(),
    })
    stream.open()
    return () => {
      stream.close()
      invalidator.stop()
    }
  }, [client])

  const away = connection !== 'live'
  useEffect(() => {
    if (!away) return
    const timer = setInterval(() => new Invalidator(client).all(), POLL_MS)
    return () => clearInterval(timer)
  }, [client, away])

  return <ConnectionContext value={connection}>{children}</ConnectionContext>
}
