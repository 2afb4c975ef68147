// Where the data lies, and the ways out of it and back in.
import { isolated } from '#base/common/display-text.ts'
import type { Input } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Path } from '#renderer/components/name.tsx'
import { Card } from './card.tsx'

export function DataSection() {
  const { app, sharedVault } = useView()
  const isShared = sharedVault.kind === 'joined'
  const { open } = useDialogs()
  const ask = useAsk()
  const toaster = useToaster()

  const exportList = async (format: Input<'list.export'>['format']) => {
    const reply = await ask('list.export', { format })
    if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
    if (reply.value !== null) {
      toaster.say({ level: 'success', text: `List exported to ${isolated(reply.value.path)}` })
    }
  }

  return (
    <Card>
      <dl className={layout.values}>
        <dt>Data folder</dt>
        <dd>
          <span className="mono cut" title={app.dataFolder}>
            <Path>{app.dataFolder}</Path>
          </span>
          <Button size={28} onPress={() => void ask('app.open-link', { link: 'data-folder' })}>
            Open
          </Button>
        </dd>
        <dt>Backup</dt>
        <dd>
          <Button size={28} onPress={() => open({ kind: 'backup' })}>
            Back up…
          </Button>
          {!isShared && (
            <Button size={28} onPress={() => open({ kind: 'restore' })}>
              Restore…
            </Button>
          )}
        </dd>
        {!isShared && (
          <>
            <dt>Move to a server</dt>
            <dd>
              <Button size={28} onPress={() => open({ kind: 'move' })}>
                Move to a server…
              </Button>
            </dd>
          </>
        )}
        <dt>Kept copies</dt>
        <dd>
          <Button size={28} onPress={() => open({ kind: 'copies' })}>
            Show copies…
          </Button>
        </dd>
        <dt>Export list (no secrets)</dt>
        <dd>
          <Button size={28} onPress={() => void exportList('csv')}>
            Export as CSV…
          </Button>
          <Button size={28} onPress={() => void exportList('json')}>
            Export as JSON…
          </Button>
        </dd>
        <dt>Delete all data</dt>
        <dd>
          <Button size={28} danger onPress={() => open({ kind: 'delete-data' })}>
            Delete all data…
          </Button>
        </dd>
      </dl>
      <p className="quiet small">
        A backup contains everything, including secrets and history, encrypted with its own passphrase. The
        list contains names, IDs and dates only.
        {isShared &&
          ' This computer uses a shared vault, so a backup contains the shared vault. To restore a backup here, leave the shared vault first.'}
      </p>
    </Card>
  )
}
