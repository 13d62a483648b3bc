import type { components } from './schema'

export type Problem = components['schemas']['Problem']

/** A request that failed: what the server said of it (RFC 9457), or that it did not answer. */
export class ApiError extends Error {
  constructor(readonly problem: Pick<Problem, 'title' | 'status' | 'detail'>) {
    super(problem.detail || problem.title)
    this.name = 'ApiError'
  }

  /** Whether the same request may succeed a little later. */
  get passing(): boolean {
    return this.problem.status === 0 || this.problem.status >= 500 || this.problem.status === 429
  }
}

export function unreachable(): ApiError {
  return new ApiError({ title: 'No answer', status: 0, detail: 'The operation server cannot be reached.' })
}

/** What an answer that is no success says, whatever shape it has. */
export function problemOf(response: Response, body: unknown): ApiError {
  const said = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  return new ApiError({
    title: said.title ?? (response.statusText || 'Request failed'),
    status: response.status,
    detail: said.detail ?? `The server answered ${response.status}.`,
  })
}
