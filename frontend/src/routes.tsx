import type { RouteObject } from 'react-router'
import { AppShell } from './app/AppShell'
import { NotFound, PageError } from './app/PageError'
import { TrendPage } from './pages/trends/TrendPage'

/** Every page of the console. A new page is one entry here and one in {@link NAVIGATION}. */
export const routes: RouteObject[] = [
  {
    element: <AppShell />,
    errorElement: <PageError />,
    children: [
      {
        errorElement: <PageError />,
        children: [
          { path: '/', element: <TrendPage /> },
          { path: '/dashboard.html', element: <TrendPage /> },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
]
