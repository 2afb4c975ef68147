// A real terminal: what is typed goes through its line discipline, so that Ctrl-C is what it is to a person.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Terminal {
  type(keys: string): void
  /** All that was shown so far. */
  shown(): string
  close(): Promise<void>
}

/** `line` is run by sh in a session of its own. */
export function terminal(line: string, env: Readonly<Record<string, string | undefined>>): Terminal {
  const child = spawn('script', ['-qfc', line, '/dev/null'], { env: { ...env, SHELL: '/bin/sh' } })
  const closed = once(child, 'close')
  let shown = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
  }
  // Whoever has ended reads no more.
  child.stdin.on('error', () => undefined)
  return {
    type: (keys) => void child.stdin.write(keys),
    shown: () => shown,
    async close() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
