import { useAsk, useNow, useToaster, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Card } from './card.tsx'
import { Updates } from './updates.tsx'

const systems: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }

export function AboutSection() {
  const { app, updates } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const copyDiagnostics = async () => {
    const reply = await ask('app.copy-diagnostics', {})
    toaster.tell(reply, 'Diagnostics copied.')
  }
  const facts = [
    ['Version', app.version],
    ['Electron', app.electron],
    ['Chromium', app.chromium],
    ['Node.js', app.node],
    ['System', systems[app.platform] ?? app.platform],
    ['License', 'MIT'],
    ['Built with', 'Electron, React, Momentum Design, libSQL, zod: MIT. Chromium: BSD and others'],
  ] as const
  return (
    <Card>
      {app.supportEndedAt !== null && <EndOfSupport electron={app.electron} endedAt={app.supportEndedAt} />}
      <dl className={`${layout.values} figures`}>
        {facts.map(([what, words]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      {updates !== null && <Updates updates={updates} />}
      <p className="quiet small">
        Diagnostics contain these versions, the state of the app and the last lines of its log. They name your
        service apps but contain no token or secret.
      </p>
      <FormButtons>
        <Button icon="copy" onPress={() => void copyDiagnostics()}>
          Copy diagnostics
        </Button>
      </FormButtons>
    </Card>
  )
}

function EndOfSupport({ electron, endedAt }: { readonly electron: string; readonly endedAt: number }) {
  const { dateOf } = useMoments()
  const date = useNow((now) => dateOf(endedAt, now))
  return (
    <Notice level="information" title={`Electron ${electron} no longer gets security fixes`}>
      Its support ended on {date}. Tokens are still renewed. Update the app. If it runs from its source code,
      start it where github.com can be reached, or set ELECTRON_OVERRIDE_DIST_PATH to the folder of a newer
      Electron.
    </Notice>
  )
}
