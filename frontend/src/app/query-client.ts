import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/problem'

const RETRIES = 2

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (failures, error) => failures < RETRIES && error instanceof ApiError && error.passing,
      },
    },
  })
}
