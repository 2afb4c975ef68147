import { POLICY_SETTINGS, type PolicyValues, readSettings } from '#contract/settings.ts'

export const policyDefaults = readSettings(POLICY_SETTINGS, {})

export function isDefaultPolicy(values: PolicyValues): boolean {
  const names = Object.keys(policyDefaults) as (keyof PolicyValues)[]
  return names.every((name) => values[name] === policyDefaults[name])
}
