// When tokens are refreshed, how much at once, and from when on somebody is told.
import { Button } from '../../parts/button.tsx'
import { Choice } from '../../parts/field.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { useView } from '../../window-parts.tsx'
import { isDefaultPolicy, policyDefaults } from './policy-defaults.ts'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'

const shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const

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
      <div className="number-fields">
        <NumberField
          label="Attempts at once"
          value={settings.attemptsAtOnce}
          least={1}
          most={64}
          unit="per client ID"
          hint={`How many tokens are refreshed side by side. Default: ${policyDefaults.attemptsAtOnce}.`}
          onChange={(attemptsAtOnce) => save({ attemptsAtOnce })}
        />
        <NumberField
          label="Requests per second"
          value={settings.requestsPerSecond}
          least={1}
          most={50}
          unit="per client ID"
          hint={`Webex allows about 300 a minute. Default: ${policyDefaults.requestsPerSecond}.`}
          onChange={(requestsPerSecond) => save({ requestsPerSecond })}
        />
        <NumberField
          label="Alert after"
          value={settings.alertAfterFailures}
          least={1}
          most={100}
          unit="failed attempts in a row"
          hint={`What may pass by itself is said only then. Default: ${policyDefaults.alertAfterFailures}.`}
          onChange={(alertAfterFailures) => save({ alertAfterFailures })}
        />
        <NumberField
          label="Alert before expiry"
          value={settings.alertHoursBeforeExpiry}
          least={1}
          most={336}
          unit="hours"
          hint={`If nothing is planned that could renew it. Default: ${policyDefaults.alertHoursBeforeExpiry}.`}
          onChange={(alertHoursBeforeExpiry) => save({ alertHoursBeforeExpiry })}
        />
      </div>
      <div className="form-buttons">
        <Button disabled={isDefaultPolicy(settings)} onPress={() => void save(policyDefaults)}>
          Reset to defaults
        </Button>
      </div>
    </Section>
  )
}

const shareWords = (share: number) => `${Math.round(share * 100)} %${share === 0.5 ? ' (default)' : ''}`

const nearest = (choices: readonly number[], value: number) =>
  choices.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best))
