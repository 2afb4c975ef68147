// A stored record that cannot be read and has no form of its own: it comes from a copy or a backup, or is deleted.
import type { RecordTable } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { KeptCopies } from '#renderer/features/shared/kept-copies.tsx'

const nouns: Readonly<Record<RecordTable, string>> = {
  credentials: 'client secret',
  profiles: 'service app',
  token_managers: 'token manager',
  token_pairs: 'tokens',
  delivery_targets: 'delivery target',
  consumers: 'consumer',
  webhook: 'webhook',
  data_sources: 'data source',
}

interface RepairProps {
  readonly table: RecordTable
  readonly id: string
  readonly onClose: () => void
}

/** Asks before the record is deleted. */
export default function RepairDialog({ table, id, onClose }: RepairProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const noun = nouns[table]
  // Tokens are repaired here only where what they belong to is missing.
  const isOwnerMissing = table === 'token_pairs'
  if (useView().sharedVault.kind === 'joined') {
    return (
      <Dialog title={`The ${noun} cannot be read`} onClose={onClose}>
        <p>
          Records of a shared vault cannot be repaired here. Restore its database from a copy, or move its
          service apps out and in again (satm vault).
        </p>
      </Dialog>
    )
  }
  return (
    <ConfirmDialog
      title={isOwnerMissing ? 'Tokens of a missing record' : `The ${noun} cannot be read`}
      words="Delete"
      before={<KeptCopies table={table} id={id} onTaken={onClose} />}
      act={() => ask('record.delete', { table, id })}
      onDone={() =>
        toaster.say({
          level: 'information',
          text: isOwnerMissing ? 'Tokens deleted.' : `Damaged ${noun} deleted.`,
        })
      }
      onClose={onClose}
    >
      {isOwnerMissing
        ? 'The record of these tokens is no longer in the data file. A kept copy or a backup can restore it with its tokens. Deleted tokens cannot be restored.'
        : 'The stored record is damaged and cannot be used. Delete it and add it again, or restore a backup.'}
    </ConfirmDialog>
  )
}
