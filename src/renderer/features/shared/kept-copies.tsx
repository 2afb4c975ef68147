// Where else a record is that cannot be read: in copies of the data file that were kept, or in a backup.
import { useEffect, useState } from 'react'
import type { RecordTable, Replies } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import styles from './kept-copies.module.css'
import { useMoments } from './moments.ts'

interface KeptCopiesProps {
  readonly table: RecordTable
  readonly id: string
  readonly onTaken: () => void
}

export function KeptCopies({ table, id, onTaken }: KeptCopiesProps) {
  const { exactly } = useMoments()
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const [copies, setCopies] = useState<Replies['record.copies']>([])
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    let isGone = false
    void ask('record.copies', { table, id }).then((reply) => {
      if (!isGone && reply.ok) setCopies(reply.value)
    })
    return () => {
      isGone = true
    }
  }, [ask, table, id])
  const take = async (file: string) => {
    setBusy(true)
    const reply = await ask('record.take', { table, id, file })
    setBusy(false)
    const isHeld = reply.ok && reply.value.held > 0
    const confirm = 'Confirm each delivery and consumer that is now held.'
    toaster.tell(reply, isHeld ? `Repaired from the copy. ${confirm}` : 'Repaired from the copy.')
    if (reply.ok) onTaken()
  }
  const [newest] = copies
  return (
    <div className={styles.ways}>
      {newest !== undefined && (
        <Button size={28} disabled={isBusy} onPress={() => void take(newest.file)}>
          Take it from the copy of {exactly(newest.at)}
        </Button>
      )}
      <Button size={28} onPress={() => open({ kind: 'restore' })}>
        Restore a backup
      </Button>
      {newest?.isOwn === false && (
        <p className="small quiet">
          The copy may have been written by others: after the repair, check the details and confirm each of
          its deliveries and consumers.
        </p>
      )}
    </div>
  )
}
