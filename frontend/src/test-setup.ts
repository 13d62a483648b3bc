import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// Generous: a busy machine is no failure.
configure({ asyncUtilTimeout: 15_000 })
afterEach(cleanup)

// jsdom has neither; uPlot asks for the first while it is loaded.
globalThis.matchMedia ??= () => ({ addEventListener: () => undefined }) as unknown as MediaQueryList
globalThis.CSS ??= { escape: (text: string) => text } as typeof CSS
