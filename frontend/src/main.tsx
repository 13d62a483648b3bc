import './theme.css'
import './base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { makeQueryClient } from './app/query-client'
import { LiveProvider } from './live/LiveProvider'
import { routes } from './routes'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element "root"')

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <LiveProvider>
        <RouterProvider router={createBrowserRouter(routes)} />
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
)
