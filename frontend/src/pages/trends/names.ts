/** Names as operators say them. Names that are not known are shown as they are. */

const SUBSYSTEMS: Record<string, string> = {
  eps: 'Power, EPS',
  thermal: 'Thermal',
  aocs: 'Attitude, AOCS',
  comm: 'Communication',
  platform: 'Platform',
  recorded: 'Recorded',
}

const MODELS: Record<string, { name: string; color: string; dash?: number[] }> = {
  vae_timeseries: { name: 'VAE', color: '--vae' },
  transformer_timeseries: { name: 'Transformer', color: '--transformer', dash: [6, 3] },
}

/** The detector's members that are no model; what each says is told in the guide to verdicts. */
const MEMBERS: Record<string, string> = {
  limits: 'Limits',
  relation: 'Relation to other channels',
  autoregression: 'Linear forecast',
  range: 'Range',
  level: 'Level',
  activity: 'Activity',
  activity_long: 'Activity over long',
  deviation: 'Standard deviation',
  flat: 'Flat line',
}

export function subsystemTitle(subsystem: string): string {
  return SUBSYSTEMS[subsystem] ?? subsystem
}

/** Model names in the order in which they are always shown: the known ones first. */
export function inOrder(models: string[]): string[] {
  const known = Object.keys(MODELS)
  const rank = (model: string) => (known.includes(model) ? known.indexOf(model) : known.length)
  return [...models].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
}

export function modelLook(model: string): { name: string; color: string; dash?: number[] } {
  return MODELS[model] ?? { name: model, color: '--text-soft', dash: [2, 3] }
}

export function detectorName(detector: string): string {
  return MEMBERS[detector] ?? modelLook(detector).name
}
