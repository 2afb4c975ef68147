// Instances of instance.ts as processes: each is told what to do and answers with what came of it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What an open vault is told to write, in each of its parts. */
export const WRITES = [
  'deliver',
  'consume',
  'tell',
  'name-cloud',
  'renew-here',
  'prune',
  'set-passphrase',
] as const

type Order = 'take' | 'open' | 'why' | 'begin-anew' | 'prove' | 'read' | (typeof WRITES)[number]

export interface Instance {
  tell(order: Order): Promise<string>
  kill(): Promise<void>
}

/** Rights mean nothing to the superuser: an instance that was started as such goes on as this ordinary account. */
export const ORDINARY = 65_534

export function startInstance(
  program: string,
  folder: string,
  account: 'ordinary' | 'as-it-is' = 'ordinary',
): Instance {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, folder, account])
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return {
    async tell(order) {
      child.stdin.write(`${order}\n`)
      const { value, done } = await answers.next()
      if (done === true) throw new Error(`The instance ended: ${errors}`)
      return value
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
