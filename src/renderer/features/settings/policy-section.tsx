// Refresh policy: when tokens are refreshed, how many at once, and when an alert is raised.
import { POLICY_SETTINGS, type PolicyValues, readSettings } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import { Section, useSave } from './section.tsx'
import styles from './sections.module.css'

const { offered: shares, default: usualShare } = POLICY_SETTINGS.refreshAt

export function PolicySection() {
  const { settings } = useView()
  const save = useSave()
  return (
    <Section title="Refresh policy">
      <Choice
        label="Refresh after this part of the lifetime"
        name="refreshAt"
        value={String(nearest(shares, settings.refreshAt))}
        options={shares.map((share) => [String(share), shareWords(share)] as const)}
        onChange={(share) => void save({ refreshAt: Number(share) })}
        hint="A 14-day token refreshed at half its life leaves a week to notice trouble."
      />
      <div className={styles.numbers}>
        <NumberField
          label="Attempts at once"
          value={settings.attemptsAtOnce}
          range={POLICY_SETTINGS.attemptsAtOnce}
          hint={`How many tokens are refreshed side by side. Default: ${POLICY_SETTINGS.attemptsAtOnce.default}.`}
          onChange={(attemptsAtOnce) => save({ attemptsAtOnce })}
        />
        <NumberField
          label="Requests per second"
          value={settings.requestsPerSecond}
          range={POLICY_SETTINGS.requestsPerSecond}
          hint={`Webex allows about 300 a minute. Default: ${POLICY_SETTINGS.requestsPerSecond.default}.`}
          onChange={(requestsPerSecond) => save({ requestsPerSecond })}
        />
        <NumberField
          label="Alert after"
          value={settings.alertAfterFailures}
          range={POLICY_SETTINGS.alertAfterFailures}
          hint={`What may pass by itself is said only then. Default: ${POLICY_SETTINGS.alertAfterFailures.default}.`}
          onChange={(alertAfterFailures) => save({ alertAfterFailures })}
        />
        <NumberField
          label="Alert before expiry"
          value={settings.alertHoursBeforeExpiry}
          range={POLICY_SETTINGS.alertHoursBeforeExpiry}
          hint={`If nothing is planned that could renew it. Default: ${POLICY_SETTINGS.alertHoursBeforeExpiry.default}.`}
          onChange={(alertHoursBeforeExpiry) => save({ alertHoursBeforeExpiry })}
        />
      </div>
      <Toggle
        label="Monthly test of all tiers"
        checked={settings.monthlyDrill}
        hint="Each month one renewal of each service app goes through tiers 3 and 2 instead of tier 1, so that you know they work. If they fail, tier 1 renews the token."
        onChange={(monthlyDrill) => void save({ monthlyDrill })}
      />
      <FormButtons>
        <Button disabled={isDefaultPolicy(settings)} onPress={() => void save(policyDefaults)}>
          Reset to defaults
        </Button>
      </FormButtons>
    </Section>
  )
}

const shareWords = (share: number) =>
  `${Math.round(share * 100)} %${share === usualShare ? ' (default)' : ''}`

const nearest = (choices: readonly number[], value: number) =>
  choices.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best))

const policyDefaults = readSettings(POLICY_SETTINGS, {})

function isDefaultPolicy(values: PolicyValues): boolean {
  const names = Object.keys(policyDefaults) as (keyof PolicyValues)[]
  return names.every((name) => values[name] === policyDefaults[name])
}
