import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(cleanup)

// jsdom has neither; uPlot asks for the first while it is loaded.
globalThis.matchMedia ??= () => ({ addEventListener: () => undefined }) as unknown as MediaQueryList
globalThis.CSS ??= { escape: (text: string) => text } as typeof CSS
