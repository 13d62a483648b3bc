import createClient from 'openapi-fetch'
import { problemOf, unreachable } from './problem'
import type { paths } from './schema'

/** The API, typed by its OpenAPI document. `fetch` is looked up at each call. */
export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  fetch: request => globalThis.fetch(request),
})

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The data of an answer. Throws {@link ApiError} for everything else. */
export async function data<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch(cause => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw unreachable()
  })
  if (data === undefined) throw problemOf(response, error)
  return data
}
