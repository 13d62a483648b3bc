/** The API's types under the names that the pages use. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Satellite = Schemas['SatelliteItem']
export type Feature = Schemas['FeatureCard']
export type Compare = Schemas['CompareTrend']
export type Statistics = Schemas['StatisticsTrend']
export type Batch = Schemas['BatchSummary']
export type AnomalyEvent = Schemas['EventItem']
export type LimitSet = Schemas['LimitSet']
export type Verdict = Batch['verdict']
export type Severity = AnomalyEvent['severity']
