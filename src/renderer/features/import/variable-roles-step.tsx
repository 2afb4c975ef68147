// Variables whose names do not show what they are for: the person chooses it, set by set. Nothing is guessed, since the
// token manager's and a service app's credentials look alike.
import { useState } from 'react'
import type { ImportDryRun, UnclearSet, VariableRole } from '#contract/contract.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Form } from '#renderer/components/form.tsx'
import { Refusal } from '#renderer/components/notice.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import { Found, wordsOf } from './found-names.tsx'
import type { StepProps } from './import-source.tsx'

interface RolesProps extends StepProps {
  readonly dryRun: Extract<ImportDryRun, { kind: 'unclear' }>
  readonly onBack: () => void
  readonly onContinue: (roles: Readonly<Record<string, VariableRole>>) => void
}

type Chosen = VariableRole | ''

export function VariableRolesStep({ dryRun, refusal, busy, onBack, onClose, onContinue }: RolesProps) {
  const { sets, found } = dryRun
  const [roles, setRoles] = useState<Readonly<Record<string, Chosen>>>({})
  const chosen = Object.entries(roles).filter((entry): entry is [string, VariableRole] => entry[1] !== '')
  const isReady = chosen.length === sets.length && !busy
  return (
    <Form onSend={() => isReady && onContinue(Object.fromEntries(chosen))}>
      <Refusal>{refusal}</Refusal>
      <p>
        {`The names of ${plural(sets.length, 'set')} of variables do not show what they are for. Choose it for each.`}
      </p>
      {sets.map((set, index) => (
        <Choice
          key={set.id}
          name={`role-${set.id}`}
          label={sets.length === 1 ? wordsOf(set) : `${index + 1}. ${wordsOf(set)}`}
          value={roles[set.id] ?? ''}
          options={optionsFor(set)}
          onChange={(role) => setRoles({ ...roles, [set.id]: role })}
        />
      ))}
      <Found found={found} tokenManager={null} />
      <FormButtons>
        <Button kind="quiet" icon="back" onPress={onBack} disabled={busy}>
          Other file
        </Button>
        <span className="spring" />
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" submit disabled={!isReady}>
          Continue
        </Button>
      </FormButtons>
    </Form>
  )
}

function optionsFor({ isToken }: UnclearSet): readonly (readonly [Chosen, string])[] {
  return [
    ['', 'Choose…'],
    ['service-app', 'Service app'],
    ['token-manager', isToken ? 'Token manager (personal access token)' : 'Token manager integration'],
    ['ignored', 'Ignore'],
  ]
}
