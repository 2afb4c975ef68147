// Import: a file or a pasted text, the dry run row by row, then all of what may come in or nothing.
import { useEffect, useState } from 'react'
import type { ImportDryRun, Reply } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster, useView } from '#renderer/app/context.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import { DryRun } from './dry-run.tsx'
import { ImportSource } from './import-source.tsx'
import { TokensStep } from './tokens-step.tsx'

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
  const [busy, setBusy] = useState(false)

  // What was read holds secrets: main forgets it when nobody looks at it any more.
  useEffect(() => () => void ask('import.forget', {}), [ask])

  const take = (reply: Reply<'import.choose'> | Reply<'import.paste'>) => {
    setRefusal(reply.ok ? null : reply.error.message)
    if (reply.ok && reply.value !== null) setDryRun(reply.value)
  }
  const confirm = async (id: string, profileId: string | null) => {
    setBusy(true)
    const since = ticker.now()
    const reply = await ask('import.confirm', { id, profileId })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    const outcome = reply.value
    if (outcome.kind === 'changed') {
      setDryRun(outcome.dryRun)
      return setRefusal('The list changed meanwhile, so nothing came in yet. Look at it again.')
    }
    onClose()
    const tokensComing = fleet.managers.some(({ state }) => state === 'ready')
    toaster.say({
      level: 'success',
      text: `${plural(outcome.profiles, 'service app')} imported.${tokensComing ? ' Their tokens are on the way.' : ''}`,
      progress:
        tokensComing && outcome.profiles > 1 ? { total: outcome.profiles, since, cancelable: false } : null,
    })
  }
  const back = () => {
    setRefusal(null)
    setDryRun(null)
  }

  // What is being stored cannot be called back, so closing waits for it.
  const close = () => {
    if (!busy) onClose()
  }

  const step = { refusal, busy, onClose: close }
  return (
    <Dialog
      title={dryRun?.file == null ? 'Import' : `Import ${dryRun.file}`}
      wide
      step={dryRun?.id ?? 'source'}
      onClose={close}
    >
      {dryRun === null && (
        <ImportSource
          {...step}
          onChoose={async () => take(await ask('import.choose', {}))}
          onPaste={async (text) => take(await ask('import.paste', { text }))}
        />
      )}
      {dryRun?.kind === 'profiles' && (
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
