// The shared vault among the settings, with Undo for its one switch.
import { useAsk } from '#renderer/app/context.tsx'
import { SharedVault } from '#renderer/features/shared-vault/shared-vault-section.tsx'
import { useChange, useRefusal } from './saving.tsx'

const WHAT = 'Renew here when no other computer does'

export function SharedVaultSection() {
  const ask = useAsk()
  const change = useChange()
  const refuse = useRefusal()
  const save = async (mayLead: boolean) => {
    const send = (wanted: boolean) => () => ask('shared-vault.may-lead', { mayLead: wanted })
    refuse(await change({ what: WHAT, apply: send(mayLead), undo: send(!mayLead) }))
  }
  return <SharedVault onMayLead={(mayLead) => void save(mayLead)} />
}
