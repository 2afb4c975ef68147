// Hook: runs a command after a renewal by the system's shell, with a small environment and a time limit. The token is
// passed by environment or stdin, never as an argument, which every account of the machine can read. A second command may
// read back what is stored, which proves that the token got there.
import { fingerprint } from '#base/node/fingerprint.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { DeliverableToken, DeliveryHandler, Performed, Ran } from '../delivery-handler.ts'
import { type CommandRun, runCommand } from './command-run.ts'
import { type Environment, hookEnvironment, passedOn } from './hook-environment.ts'
import { endingSentence, withoutOutput } from './hook-messages.ts'
import { keptOutput, withoutPartsOf } from './output-tail.ts'

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

/** For a command without a token: whether a tool is there, and what it may do. */
const TRY_LIMIT: Duration = 15_000

export function hookDelivery(dependencies: HookDependencies): DeliveryHandler<'hook'> {
  return {
    // A command may take minutes.
    atOnce: 4,
    async accept(spec) {
      return { kind: 'read', spec }
    },
    places: async (spec) => placesOf(spec),
    async conflict(spec, others) {
      if (others.some((other) => other.isSameProfile && other.spec.command === spec.command)) {
        return { field: 'command', sentence: 'This command runs after each renewal already.' }
      }
      const places = placesOf(spec)
      const rival = others.find((other) => placesOf(other.spec).some((place) => places.includes(place)))
      if (rival === undefined) return null
      return { field: 'command', sentence: `${rival.owner} already writes there. Choose another place.` }
    },
    perform: (spec, token, signal) => runHook(dependencies, spec, token, signal),
    async forget() {},
  }
}

/** None: a command of one's own learns from its environment whose token it is. */
function placesOf({ command, store }: HookSpec): readonly string[] {
  if (store === undefined) return []
  // `kv put` replaces all keys of its path.
  return [store === 'vault' || store === 'openbao' ? command.replace(/ [^ ]+=-$/, '') : command]
}

/** Never rejects. `signal`: breaks it off. */
export async function runHook(
  dependencies: HookDependencies,
  spec: HookSpec,
  token: DeliverableToken,
  signal: AbortSignal,
): Promise<Performed> {
  if (signal.aborted) return { kind: 'broken-off', ran: null }
  const { env, home, redact, log } = dependencies
  const { unverified, ...proven } = spec
  const { command, readBack, pass, timeLimit } = spec
  const withoutParts = withoutPartsOf(token.accessToken, token.refreshToken)
  const kept = (output: string) => keptOutput(output, (text) => redact(withoutParts(text)))
  const written = await runCommand(
    dependencies,
    {
      command,
      env: hookEnvironment(env, token, pass),
      cwd: home,
      input: pass === 'stdin' ? `${token.accessToken.reveal()}\n` : '',
      timeLimit,
      printsSecret: false,
    },
    signal,
  )
  const ran = ranOf(written, kept)
  if (written.ending.kind === 'broken-off') return { kind: 'broken-off', ran }
  // Nothing of the output: no redaction knows every way to write a token.
  log('hook.ended', { profile: token.profileName, fingerprint: token.fingerprint, ...written.ending })
  if (ran.sentence !== null) {
    return { kind: 'failed', sentence: withoutOutput(ran.sentence, ran.output !== ''), ran }
  }
  if (readBack === undefined) return { kind: 'delivered', ran }
  const read = await runCommand(
    dependencies,
    {
      command: readBack,
      env: hookEnvironment(env, token, 'stdin'),
      cwd: home,
      input: '',
      timeLimit,
      printsSecret: true,
    },
    signal,
  )
  if (read.ending.kind === 'broken-off') return { kind: 'broken-off', ran }
  const both = { ...ran, output: kept([written.output.trimEnd(), read.output].join('\n')) }
  const proof = proofOf(ranOf(read, kept).sentence, read.printed, token)
  switch (proof.kind) {
    case 'proven':
      return { kind: 'delivered', ran: both, ...(unverified === undefined ? {} : { spec: proven }) }
    case 'unknown':
      return {
        kind: 'delivered',
        ran: { ...both, sentence: proof.sentence },
        spec: { ...spec, unverified: proof.sentence },
      }
    case 'differs':
      return { kind: 'failed', sentence: proof.sentence, ran: { ...both, sentence: proof.sentence } }
  }
}

/** A command that gets no token. `signal`: breaks it off. */
export async function tryCommand(
  dependencies: HookDependencies,
  command: string,
  signal: AbortSignal,
): Promise<Ran> {
  const { env, home, redact } = dependencies
  const run = await runCommand(
    dependencies,
    { command, env: passedOn(env), cwd: home, input: '', timeLimit: TRY_LIMIT, printsSecret: false },
    signal,
  )
  return ranOf(run, (output) => keptOutput(output, redact))
}

function ranOf({ ending, output }: CommandRun, kept: (output: string) => string): Ran {
  return {
    exitCode: ending.kind === 'exit' ? ending.code : null,
    sentence: endingSentence(ending),
    output: kept(output),
  }
}

type Proof = { readonly kind: 'proven' } | { readonly kind: 'unknown' | 'differs'; readonly sentence: string }

/** `failure`: how the command that reads it back failed; null: it went well. */
function proofOf(failure: string | null, printed: Buffer | null, token: DeliverableToken): Proof {
  if (failure !== null) {
    return { kind: 'unknown', sentence: `Written, but it could not be read back. ${failure}` }
  }
  // One line break at the end is the tool's own.
  const stored = printed?.toString('utf8').replace(/\r?\n$/, '') ?? ''
  if (stored === token.accessToken.reveal()) return { kind: 'proven' }
  const found = stored === '' ? 'nothing that could be a token' : `another value (${fingerprint(stored)})`
  return {
    kind: 'differs',
    sentence: `The command ended well, but ${found} was read back in place of the new token (${token.fingerprint}). Check both commands.`,
  }
}
