/** Made-up telemetry: smooth orbital waves with noise, the same at every call. */

import mission from '../../missions/default.json' with { type: 'json' }

export const CADENCE = mission.cadence_s * 1000
export const CHANNELS = mission.channels
export type MockChannel = (typeof CHANNELS)[number]

const ORBIT = 92.7 * 60_000

function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453
  return x - Math.floor(x) - 0.5
}

function span(channel: MockChannel): [number, number] {
  const { warning_low, warning_high } = (channel.limits ?? {}) as {
    warning_low?: number
    warning_high?: number
  }
  if (warning_low !== undefined && warning_high !== undefined) {
    const middle = (warning_low + warning_high) / 2
    return [middle, (warning_high - warning_low) * 0.3]
  }
  return [(warning_high ?? (warning_low ?? 60) * 1.4) * 0.6, (warning_high ?? warning_low ?? 60) * 0.2]
}

/** What the channel would be without noise and faults. */
export function nominal(channel: MockChannel, time: number): number {
  const [middle, swing] = span(channel)
  const phase = channel.name.length * 0.7 + channel.name.charCodeAt(channel.name.length - 1)
  const turn = (time / ORBIT) * 2 * Math.PI + phase
  return middle + swing * (0.8 * Math.sin(turn) + 0.25 * Math.sin(2 * turn + 1))
}

/** A value as it would be received: with noise, and with `fault` swings added. */
export function received(channel: MockChannel, time: number, fault: number): number {
  const [, swing] = span(channel)
  const value = nominal(channel, time) + swing * (0.05 * noise(time / CADENCE + channel.name.length) + fault)
  const step = channel.resolution ?? 0.01
  return Number((Math.round(value / step) * step).toFixed(6))
}

export function forecast(channel: MockChannel, time: number, salt: number): number {
  const [, swing] = span(channel)
  return nominal(channel, time) + swing * 0.03 * noise(time / CADENCE / 3 + salt)
}
