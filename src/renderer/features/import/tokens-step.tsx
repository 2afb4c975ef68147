// Tokens alone name no service app: the person chooses it.
import { useState } from 'react'
import type { ImportDryRun, ProfileView } from '#contract/contract.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Form } from '#renderer/components/form.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { Found } from './found-names.tsx'
import type { StepProps } from './import-source.tsx'

interface TokensProps extends StepProps {
  readonly dryRun: Extract<ImportDryRun, { kind: 'tokens' }>
  readonly profiles: readonly ProfileView[]
  readonly onBack: () => void
  readonly onConfirm: (profileId: string) => void
}

export function TokensStep({ dryRun, profiles, refusal, busy, onBack, onClose, onConfirm }: TokensProps) {
  const [chosen, setChosen] = useState('')
  const found = [
    ...(dryRun.accessToken ? ['an access token'] : []),
    ...(dryRun.refreshToken ? ['a refresh token'] : []),
  ].join(' and ')
  const named = [...profiles].sort((one, other) => one.name.localeCompare(other.name))
  return (
    <Form onSend={() => chosen !== '' && onConfirm(chosen)}>
      <Refusal>{refusal}</Refusal>
      <p>{`The file contains ${found} but does not name the service app.`}</p>
      {profiles.length === 0 ? (
        <Notice level="warning">Add the service app first, then import its tokens.</Notice>
      ) : (
        <Choice
          label="Service app"
          name="profileId"
          value={chosen}
          options={[['', 'Choose…'], ...named.map((one) => [one.id, nameWithOrg(one)] as const)]}
          onChange={setChosen}
          hint="Its tokens are replaced. A token that is not in the file is kept."
        />
      )}
      <Found found={dryRun.found} tokenManager={dryRun.tokenManager} />
      <FormButtons>
        <Button kind="quiet" icon="back" onPress={onBack} disabled={busy}>
          Other file
        </Button>
        <span className="spring" />
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" submit disabled={busy || chosen === ''}>
          Import tokens
        </Button>
      </FormButtons>
    </Form>
  )
}
