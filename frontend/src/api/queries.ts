/** What the pages ask the API for. Each key begins with what makes the answer old, see {@link keys}. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { client, data } from './client'
import { keys } from './keys'
import { allPages } from './pages'

/** A span as the API takes it: a range back from the newest sample, or two instants. */
export type SpanQuery = { range: '1h' | '6h' | '1d' | '1w' } | { from: string; to: string }

const SATELLITES_PER_PAGE = 200
const SATELLITE_PAGES = 10
const BATCHES = 12
const EVENTS = 50
const SPARKLINE_POINTS = 96

export const satellitesQuery = () =>
  queryOptions({
    queryKey: [...keys.fleet, 'satellites'],
    queryFn: ({ signal }) =>
      allPages(cursor => {
        const query = { limit: SATELLITES_PER_PAGE, ...(cursor ? { cursor } : {}) }
        return data(client.GET('/api/v1/trends/satellites', { signal, params: { query } }))
      }, SATELLITE_PAGES),
  })

export const featuresQuery = (satellite_id: string, span: SpanQuery) =>
  queryOptions({
    queryKey: [...keys.satellite(satellite_id), 'features', span],
    queryFn: ({ signal }) => {
      const query = { satellite_id, points: SPARKLINE_POINTS, ...span }
      return data(client.GET('/api/v1/dashboard/features', { signal, params: { query } }))
    },
    placeholderData: previous => (previous?.satellite_id === satellite_id ? previous : undefined),
  })

export const compareQuery = (satellite_id: string, metric: string, span: SpanQuery) =>
  queryOptions({
    queryKey: [...keys.satellite(satellite_id), 'compare', metric, span],
    queryFn: ({ signal }) => {
      const query = { satellite_id, metric, ...span }
      return data(client.GET('/api/v1/trends/compare', { signal, params: { query } }))
    },
    placeholderData: previous => (previous?.channel === metric ? previous : undefined),
  })

export const statisticsQuery = (satellite_id: string, metric: string, span: SpanQuery) =>
  queryOptions({
    queryKey: [...keys.satellite(satellite_id), 'statistics', metric, span],
    queryFn: ({ signal }) => {
      const query = { satellite_id, metric, ...span }
      return data(client.GET('/api/v1/trends/statistics', { signal, params: { query } }))
    },
    placeholderData: previous => (previous?.channel === metric ? previous : undefined),
  })

export const batchesQuery = (satellite_id: string) =>
  queryOptions({
    queryKey: [...keys.satellite(satellite_id), 'batches'],
    queryFn: ({ signal }) =>
      data(client.GET('/api/v1/batches', { signal, params: { query: { satellite_id, limit: BATCHES } } })),
  })

/** The events of a satellite, or of one of its channels, the newest first; each further page has older ones. */
export const eventsQuery = (satellite_id: string, channel: string | null) =>
  infiniteQueryOptions({
    queryKey: [...keys.satellite(satellite_id), 'events', channel],
    queryFn: ({ signal, pageParam: cursor }) => {
      const query = { satellite_id, limit: EVENTS, ...(channel && { channel }), ...(cursor && { cursor }) }
      return data(client.GET('/api/v1/dashboard/anomalies', { signal, params: { query } }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next,
    select: ({ pages }) => ({ items: pages.flatMap(page => page.items) }),
  })
