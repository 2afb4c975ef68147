// Hook: runs a command after a renewal by the system's shell, with a small environment and a time limit. The token is
// passed by environment or stdin, never as an argument, which every account of the machine can read.
import { type ChildProcess, spawn } from 'node:child_process'
import type { DeliverySpec } from '#engine/domain/delivery-model.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { DeliverableToken, DeliveryHandler, Performed, Ran } from '../delivery-handler.ts'
import { type Environment, hookEnvironment } from './hook-environment.ts'
import { type Ending, endingSentence, withoutOutput } from './hook-messages.ts'
import { keptOutput, OutputTail, withoutPartsOf } from './output-tail.ts'

export type HookSpec = DeliverySpec<'hook'>

export interface HookDependencies {
  readonly clock: Pick<Clock, 'after'>
  /** The app's own environment. */
  readonly env: Environment
  readonly home: string
  readonly platform: NodeJS.Platform
  /** Takes secrets out of an output: known ones, and what looks like one. */
  readonly redact: (text: string) => string
  readonly log: (event: 'hook.ended', fields: Readonly<Record<string, unknown>>) => void
}

/** For what is still in the pipe once the shell has ended; a program it left running may hold the pipe for ever. */
const LAST_WORDS: Duration = 250

export function hookDelivery(dependencies: HookDependencies): DeliveryHandler<'hook'> {
  return {
    // A command may take minutes.
    atOnce: 4,
    async accept(spec) {
      return { kind: 'read', spec }
    },
    async conflict({ command }, others) {
      const isThere = others.some((other) => other.isSameProfile && other.spec.command === command)
      return isThere ? { field: 'command', sentence: 'This command runs after each renewal already.' } : null
    },
    perform: (spec, token, signal) => runHook(dependencies, spec, token, signal),
    async forget() {},
  }
}

/** Never rejects. `signal`: breaks it off. */
export async function runHook(
  dependencies: HookDependencies,
  spec: HookSpec,
  token: DeliverableToken,
  signal: AbortSignal,
): Promise<Performed> {
  if (signal.aborted) return { kind: 'broken-off', ran: null }
  const { ending, output } = await ended(dependencies, spec, token, signal)
  const withoutParts = withoutPartsOf(token.accessToken, token.refreshToken)
  const redact = (text: string) => dependencies.redact(withoutParts(text))
  const ran: Ran = {
    exitCode: ending.kind === 'exit' ? ending.code : null,
    sentence: endingSentence(ending),
    output: keptOutput(output, redact),
  }
  if (ending.kind === 'broken-off') return { kind: 'broken-off', ran }
  // Nothing of the output: no redaction knows every way to write a token.
  dependencies.log('hook.ended', {
    profile: token.profileName,
    fingerprint: token.fingerprint,
    ...ending,
  })
  if (ran.sentence === null) return { kind: 'delivered', ran }
  return { kind: 'failed', sentence: withoutOutput(ran.sentence, ran.output !== ''), ran }
}

function ended(
  { clock, env, home, platform }: HookDependencies,
  { command, pass, timeLimit }: HookSpec,
  token: DeliverableToken,
  signal: AbortSignal,
): Promise<{ readonly ending: Ending; readonly output: string }> {
  return new Promise((resolve) => {
    const tail = new OutputTail()
    const child = start(command, platform, { cwd: home, env: hookEnvironment(env, token, pass) })
    let ending: Ending | null = null
    const nobodyWaits = () => {
      cancelLimit()
      signal.removeEventListener('abort', breakOff)
    }
    const finish = () => {
      nobodyWaits()
      cancelLastWords()
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.stdin?.destroy()
      resolve({ ending: ending ?? { kind: 'not-started', code: 'unknown' }, output: tail.text() })
    }
    const stop = (why: Ending) => {
      ending ??= why
      killTree(child, platform)
    }
    const breakOff = () => stop({ kind: 'broken-off' })
    const cancelLimit = clock.after(timeLimit, () => stop({ kind: 'too-long', limit: timeLimit }))
    let cancelLastWords = () => {}

    signal.addEventListener('abort', breakOff)
    child.stdout?.on('data', (chunk: Buffer) => tail.add(chunk))
    child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk))
    child.once('error', (error) => {
      ending ??= { kind: 'not-started', code: 'code' in error ? String(error.code) : 'unknown' }
      if (child.pid === undefined) finish()
    })
    child.once('exit', (code, by) => {
      ending ??= by === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal: by }
      // What it left running in the background is meant to run.
      nobodyWaits()
      cancelLastWords = clock.after(LAST_WORDS, finish)
    })
    child.once('close', finish)
    // A command that does not read its input is no failure.
    child.stdin?.on('error', () => {})
    child.stdin?.end(pass === 'stdin' ? `${token.accessToken.reveal()}\n` : '')
  })
}

function start(
  command: string,
  platform: NodeJS.Platform,
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): ChildProcess {
  if (platform === 'win32') {
    // cmd has its own idea of quotes: /s takes exactly the outer pair off, and nothing else may be added.
    const shell = env.ComSpec ?? env.COMSPEC ?? 'cmd.exe'
    return spawn(shell, ['/d', '/s', '/c', `"${command}"`], {
      cwd,
      env,
      windowsVerbatimArguments: true,
      windowsHide: true,
    })
  }
  // A process group of its own, so that all of it can be ended.
  return spawn('/bin/sh', ['-c', command], { cwd, env, detached: true })
}

/** Kills the command with all it has started: on Unix the shell leads a process group of its own. */
function killTree(child: ChildProcess, platform: NodeJS.Platform): void {
  const { pid } = child
  if (pid === undefined) return
  if (platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true, stdio: 'ignore' }).on(
      'error',
      () => child.kill('SIGKILL'),
    )
    return
  }
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
