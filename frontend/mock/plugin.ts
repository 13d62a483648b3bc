import type { ServerResponse } from 'node:http'
import type { Plugin } from 'vite'
import { answer } from './answers.ts'
import { batchOf, makePass, passes, passesOf, SATELLITES } from './world.ts'

const NEW_BATCH_MS = 20_000

/** Answers the API's paths from made-up data, so that the whole console runs without a backend (`npm run dev:mock`). */
export function mockApi(): Plugin {
  return {
    name: 'passwatch-mock-api',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? '/', 'http://mock')
        if (url.pathname === '/dashboard.html') request.url = `/${url.search}`
        if (!url.pathname.startsWith('/api/')) return next()
        if (url.pathname === '/api/v1/stream') return stream(response)
        json(response, answer(url.pathname, url.searchParams))
      })
    },
  }
}

function json(response: ServerResponse, body: unknown) {
  const missing = {
    type: 'about:blank',
    title: 'Not found',
    status: 404,
    detail: 'The mock has no such resource.',
  }
  response.statusCode = body === undefined ? 404 : 200
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body ?? missing))
}

function stream(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write('retry: 2000\n\n')
  const timer = setInterval(() => {
    const satellite = SATELLITES[passes.length % SATELLITES.length] as string
    const pass = makePass(satellite, passesOf(satellite).length)
    passes.push(pass)
    response.write(`id: ${passes.length}\nevent: batch\ndata: ${JSON.stringify(batchOf(pass))}\n\n`)
  }, NEW_BATCH_MS)
  response.on('close', () => clearInterval(timer))
}
