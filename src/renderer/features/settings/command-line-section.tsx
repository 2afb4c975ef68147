// How the command line is called, and the line that puts it at hand.
import { useView } from '#renderer/app/context.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { CopyText } from '#renderer/features/shared/copy-text.tsx'
import { aliasLine } from './alias-line.ts'
import { Section } from './section.tsx'

export function CommandLineSection() {
  const { delivery, app } = useView()
  const { command, socket, problem } = delivery.commandLine
  const alias = aliasLine(command, app.platform)
  return (
    <Section title="Command line">
      <p className="quiet">
        <code>satm</code> speaks to this app while it runs: <code>satm list</code>,{' '}
        <code>satm token &lt;name&gt;</code>, <code>satm exec &lt;name&gt; -- command</code>.
      </p>
      {problem !== null && <Notice level="warning">{problem}</Notice>}
      <dl className={layout.values}>
        <CommandValue term="Command" text={command} said="Command copied." />
        <CommandValue term="Alias line" text={alias} said="Alias line copied." />
        {socket !== null && <CommandValue term="Socket" text={socket} said="Socket copied." />}
      </dl>
      <p className="quiet small">
        Put the alias line into your shell's profile. Only your own user can open the socket.
      </p>
    </Section>
  )
}

interface ValueProps {
  readonly term: string
  readonly text: string
  readonly said: string
}

function CommandValue({ term, text, said }: ValueProps) {
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <span className="mono cut" title={text}>
          {text}
        </span>
        <CopyText text={text} label={`Copy ${term.toLowerCase()}`} said={said} />
      </dd>
    </>
  )
}
