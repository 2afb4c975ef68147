import type { SettingsView } from '#contract/contract.ts'

type PolicySettings = Pick<
  SettingsView,
  'refreshAt' | 'attemptsAtOnce' | 'requestsPerSecond' | 'alertAfterFailures' | 'alertHoursBeforeExpiry'
>

/** What holds where nobody chose, as main has it. */
export const policyDefaults: PolicySettings = {
  refreshAt: 0.5,
  attemptsAtOnce: 8,
  requestsPerSecond: 4,
  alertAfterFailures: 3,
  alertHoursBeforeExpiry: 24,
}

export function isDefaultPolicy(settings: PolicySettings): boolean {
  const names = Object.keys(policyDefaults) as (keyof PolicySettings)[]
  return names.every((name) => settings[name] === policyDefaults[name])
}
