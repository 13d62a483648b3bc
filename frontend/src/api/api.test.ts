import { afterEach, expect, test, vi } from 'vitest'
import { client, data } from './client'
import { allPages } from './pages'
import { ApiError } from './problem'

const pages = [
  { items: [1, 2], next: 'b' },
  { items: [3], next: 'c' },
  { items: [4], next: null },
]
const page = (cursor: string | null) =>
  Promise.resolve(pages['abc'.indexOf(cursor ?? 'a')] as (typeof pages)[0])

afterEach(() => void vi.unstubAllGlobals())

test('pages are read to the last one, or to the most that are wanted', async () => {
  expect((await allPages(page, 10)).items).toEqual([1, 2, 3, 4])
  expect((await allPages(page, 2)).items).toEqual([1, 2, 3])
})

function answering(answer: () => Response) {
  vi.stubGlobal('fetch', async () => answer())
  return data(client.GET('/api/v1/trends/satellites')).catch((error: unknown) => error)
}

test('a problem of the server arrives with its own words', async () => {
  const problem = { title: 'Not found', status: 404, detail: 'no satellite NOBODY' }
  const error = await answering(() => Response.json(problem, { status: 404 }))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ message: 'no satellite NOBODY', passing: false })
})

test('an answer of something else than the server is a problem too, and one that may pass', async () => {
  const error = await answering(() => new Response('<html>Bad gateway</html>', { status: 502 }))
  expect(error).toMatchObject({ problem: { status: 502 }, passing: true })
})

test('no answer at all is said so', async () => {
  const error = await answering(() => {
    throw new TypeError('Failed to fetch')
  })
  expect(error).toMatchObject({ message: 'The operation server cannot be reached.', passing: true })
})
