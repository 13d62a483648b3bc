import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { Invalidator } from './invalidate'
import { follow } from './shared'
import { type Connection, STREAM_URL } from './stream'

const POLL_MS = 30_000

const ConnectionContext = createContext<Connection>('connecting')

export const useConnection = () => useContext(ConnectionContext)

/** Keeps what is shown as new as the server's data: by events while the stream is up, by the clock while it is not. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')

  useEffect(() => {
    const invalidator = new Invalidator(client)
    const end = follow(STREAM_URL, {
      onConnection: setConnection,
      onEvent: event => invalidator.add(event),
      onResume: () => invalidator.all(),
    })
    return () => {
      end()
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
