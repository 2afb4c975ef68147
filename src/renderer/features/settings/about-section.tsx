import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Section } from './section.tsx'

const systems: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }

export function AboutSection() {
  const { app } = useView()
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
    <Section title="About">
      <dl className={`${layout.values} figures`}>
        {facts.map(([what, words]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet small">
        Diagnostics are these versions, the state of the app and the last lines of its log. They name your
        service apps and hold no token or secret.
      </p>
      <FormButtons>
        <Button icon="copy" onPress={() => void copyDiagnostics()}>
          Copy diagnostics
        </Button>
      </FormButtons>
    </Section>
  )
}
