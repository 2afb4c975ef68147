// Refresh policy: when tokens are refreshed, how many at once, and when an alert is raised.
import { POLICY_SETTINGS, type PolicyValues, readSettings } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import { Card } from './card.tsx'
import { useSave, useSaveField } from './saving.tsx'
import styles from './sections.module.css'

const { offered: shares, default: usualShare } = POLICY_SETTINGS.refreshAt
const REFRESH_AT = 'Refresh at (% of lifetime)'
const MONTHLY_TEST = 'Monthly test of all tiers'

const numbers = [
  ['attemptsAtOnce', 'Attempts at once', 'How many tokens are refreshed at the same time.'],
  ['requestsPerSecond', 'Requests per second', 'Webex allows about 300 a minute.'],
  ['alertAfterFailures', 'Alert after', 'Temporary failures are reported only after this many.'],
  ['alertHoursBeforeExpiry', 'Alert before expiry', 'If no renewal is planned before then.'],
] as const

export function PolicySection() {
  const { settings } = useView()
  const save = useSave()
  const saveField = useSaveField()
  return (
    <Card>
      <Choice
        label={REFRESH_AT}
        name="refreshAt"
        value={String(nearest(shares, settings.refreshAt))}
        options={shares.map((share) => [String(share), shareWords(share)] as const)}
        onChange={(share) => save(REFRESH_AT, { refreshAt: Number(share) })}
        hint="At 50 %, a 14-day token leaves a week to fix problems. Each token has its own time a little before or after it, so that they are not all refreshed at once."
      />
      <div className={styles.numbers}>
        {numbers.map(([name, label, hint]) => (
          <NumberField
            key={name}
            name={name}
            label={label}
            value={settings[name]}
            range={POLICY_SETTINGS[name]}
            hint={`${hint} Default: ${POLICY_SETTINGS[name].default}.`}
            onSave={(value) => saveField(label, { [name]: value })}
          />
        ))}
      </div>
      <Toggle
        label={MONTHLY_TEST}
        checked={settings.monthlyDrill}
        hint="Each month one renewal of each service app goes through tiers 3 and 2 instead of tier 1, so that you know they work. If they fail, tier 1 renews the token."
        onChange={(monthlyDrill) => save(MONTHLY_TEST, { monthlyDrill })}
      />
      <FormButtons>
        <Button disabled={isDefaultPolicy(settings)} onPress={() => save('Refresh policy', policyDefaults)}>
          Reset to defaults
        </Button>
      </FormButtons>
    </Card>
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
