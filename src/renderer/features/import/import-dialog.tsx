// Import: a file or a pasted text, the dry run row by row, then all of it or nothing.
import { useEffect, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { ImportDryRun, Input, Reply } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster, useView } from '#renderer/app/context.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import { DryRun } from './dry-run.tsx'
import { ImportSource } from './import-source.tsx'
import { ServiceAppStep } from './service-app-step.tsx'
import { TokensStep } from './tokens-step.tsx'
import { VariableRolesStep } from './variable-roles-step.tsx'

const MANAGERS = {
  integration: 'The token manager integration is',
  'personal-access-token': 'The personal access token is',
} as const

interface ImportProps {
  /** Read already, from what was pasted into a form. */
  readonly read: ImportDryRun | null
  readonly onClose: () => void
}

export default function ImportDialog({ read, onClose }: ImportProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const ticker = useTicker()
  const { fleet } = useView()
  const [dryRun, setDryRun] = useState<ImportDryRun | null>(read)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [wrongField, setWrongField] = useState<string | null>(null)
  const [work, setWork] = useState<'reading' | 'storing' | null>(null)

  // What was read holds secrets: main forgets it when nobody looks at it any more.
  useEffect(() => () => void ask('import.forget', {}), [ask])

  const take = (reply: Reply<'import.choose' | 'import.paste' | 'import.complete'>) => {
    setRefusal(reply.ok ? null : reply.error.message)
    setWrongField(reply.ok ? null : (reply.error.field ?? null))
    if (reply.ok && reply.value !== null) setDryRun(reply.value)
  }
  const complete = async (answers: Partial<Omit<Input<'import.complete'>, 'id'>>) => {
    if (dryRun === null) return
    setWork('reading')
    const nothing = { roles: {}, serviceApp: null, targetOrgId: null }
    const reply = await ask('import.complete', { id: dryRun.id, ...nothing, ...answers })
    setWork(null)
    take(reply)
  }
  const confirm = async (id: string, profileId: string | null) => {
    setWork('storing')
    const since = ticker.now()
    const reply = await ask('import.confirm', { id, profileId })
    setWork(null)
    if (!reply.ok) return setRefusal(reply.error.message)
    const outcome = reply.value
    if (outcome.kind === 'changed') {
      setDryRun(outcome.dryRun)
      return setRefusal('The list has changed, so nothing was imported. Check it again.')
    }
    onClose()
    const tokensComing = fleet.managers.some(({ state }) => state === 'ready')
    toaster.say({
      level: 'success',
      text: [
        ...(outcome.profiles > 0 ? [`${plural(outcome.profiles, 'row')} imported.`] : []),
        ...(outcome.tokenManager === null ? [] : [`${MANAGERS[outcome.tokenManager]} connected.`]),
        ...(tokensComing && outcome.profiles > 0 ? ['Issuing first tokens.'] : []),
      ].join(' '),
      progress:
        tokensComing && outcome.profiles > 1
          ? { total: outcome.profiles, since, cancelable: false, of: null }
          : null,
    })
  }
  const writeTemplate = async () => {
    const reply = await ask('import.template', {})
    setRefusal(reply.ok ? null : reply.error.message)
    if (reply.ok && reply.value !== null)
      toaster.say({ level: 'success', text: `Template saved as ${isolated(reply.value.path)}` })
  }
  const back = () => {
    setRefusal(null)
    setWrongField(null)
    setDryRun(null)
  }

  // What is being stored cannot be called back, so closing waits for it.
  const close = () => {
    if (work !== 'storing') onClose()
  }

  const step = { refusal, busy: work !== null, onClose: close }
  return (
    <Dialog
      title={dryRun?.file == null ? 'Import' : `Import ${isolated(dryRun.file)}`}
      wide
      step={dryRun?.id ?? 'source'}
      onClose={close}
    >
      {dryRun === null && (
        <ImportSource
          {...step}
          onChoose={async () => take(await ask('import.choose', {}))}
          onPaste={async (text) => take(await ask('import.paste', { text }))}
          onTemplate={writeTemplate}
        />
      )}
      {dryRun?.kind === 'unclear' && (
        <VariableRolesStep
          {...step}
          dryRun={dryRun}
          onBack={back}
          onContinue={(roles) => void complete({ roles })}
        />
      )}
      {dryRun?.kind === 'profiles' && dryRun.lacking.length > 0 && (
        <ServiceAppStep
          {...step}
          dryRun={dryRun}
          profiles={fleet.profiles}
          wrongField={wrongField}
          onBack={back}
          onContinue={(completion) => void complete(completion)}
        />
      )}
      {dryRun?.kind === 'profiles' && dryRun.lacking.length === 0 && (
        <DryRun
          {...step}
          dryRun={dryRun}
          hasManager={fleet.managers.length > 0}
          onBack={back}
          onConfirm={() => void confirm(dryRun.id, null)}
        />
      )}
      {dryRun?.kind === 'tokens' && (
        <TokensStep
          {...step}
          dryRun={dryRun}
          profiles={fleet.profiles}
          onBack={back}
          onConfirm={(profileId) => void confirm(dryRun.id, profileId)}
        />
      )}
    </Dialog>
  )
}
