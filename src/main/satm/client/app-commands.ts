// App commands: everything but giving a token to a program. Loaded when it is needed, so that a program that wants a token does not
// wait for it.
import path from 'node:path'
import { assertNever } from '#base/common/assert-never.ts'
import { inWords } from '#base/common/duration.ts'
import type { Refreshed, SatmReplies } from '../protocol.ts'
import { pause } from './app-connection.ts'
import { writeBackup } from './backup-command.ts'
import { type Command, readCommandLine } from './command-line.ts'
import { completionScript, completions } from './completion.ts'
import { confirmHeld } from './confirm-command.ts'
import { connectIntegration } from './connect-command.ts'
import { runConsumers } from './consumers-command.ts'
import { showDataSources } from './data-source-command.ts'
import { runDeliveries } from './deliveries-command.ts'
import { examine, showChecks } from './doctor.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { formatted, shellLine } from './formats.ts'
import { helpText } from './help.ts'
import { DATA_SOURCE_FIELDS, HISTORY_FIELDS, LIST_FIELDS } from './json-fields.ts'
import { chosen } from './list-choice.ts'
import type { ShellName } from './option-table.ts'
import type { ConnectionOptions } from './option-values.ts'
import { plain, type Style } from './print.ts'
import { showCounts, showFailed, showFailures, showProgress, showRefreshed } from './refresh-report.ts'
import { checkedStatus, moment, showHistory, showImport, showList, showStatus } from './show.ts'
import { type Ask, complain, type Terminal, tokenRequest } from './terminal.ts'

/** ms. A shell waits for it at each press of the key. */
const COMPLETION_TAKES = 1500
/** ms between two looks at the status. */
const WATCH_EVERY = 2_000

/** Those that satm.ts does not run itself. */
export type AppCommand = Exclude<Command, { readonly kind: 'wrong' | 'token' | 'exec' | 'serve' | 'vault' }>

/** Resolves with the exit code. Rejects with `CliError`. */
export async function runAppCommand(command: AppCommand, asked: Ask, terminal: Terminal): Promise<number> {
  const { out, style, env } = terminal
  switch (command.kind) {
    case 'help':
      out(helpText(command.of))
      return EXIT.ok
    case 'version':
      out(`${terminal.version}\n`)
      return EXIT.ok
    case 'completion':
      out(completionScript(command.shell))
      return EXIT.ok
    case 'complete': {
      const names = () => profileNames(command.words, (reaching) => asked(reaching, { kind: 'list' }))
      const found = await completions(command.words, names)
      out(found.map((each) => `${each}\n`).join(''))
      return EXIT.ok
    }
    case 'list': {
      const { output, isQuiet } = command
      const all = await asked(command.reaching, { kind: 'list' })
      const list = { ...all, profiles: chosen(all.profiles, command.choice) }
      if (isQuiet) out(list.profiles.map(({ reference }) => `${plain(reference)}\n`).join(''))
      else if (output.format === 'table') out(showList(list, style))
      else out(formatted(output, list, list.profiles, LIST_FIELDS))
      if (list.profiles.length === 0 && output.format === 'table') {
        const why =
          all.profiles.length === 0
            ? 'No service apps yet. Add one in the app, or with satm import.'
            : 'No matches.'
        complain(terminal, why)
      }
      return EXIT.ok
    }
    case 'status':
      return command.mode === 'watch'
        ? watchStatus(command, asked, terminal)
        : showsStatus(command, await statusOf(command, asked), terminal)
    case 'env': {
      const { token } = await asked(command.reaching, tokenRequest(command))
      out(shellLine(command.shell ?? usualShell(), command.variable, token))
      return EXIT.ok
    }
    case 'refresh':
      return command.profile === null
        ? refreshAll(command, asked, terminal)
        : refreshOne(command, asked, terminal)
    case 'test': {
      const { kind, profile } = command
      const tested = await asked(command.reaching, { kind, profile })
      const { reference, result, sentence, trackingId, needsPerson } = tested
      const isAccepted = result === 'valid' || result === 'valid-without-right'
      const told = `${reference}: ${result}. ${sentence}${trackingId === null ? '' : ` (tracking id ${trackingId})`}`
      if (isAccepted) out(`${plain(told)}\n`)
      else complain(terminal, told)
      if (isAccepted) return EXIT.ok
      return needsPerson ? EXIT.needsPerson : EXIT.failed
    }
    case 'deliver': {
      const { kind, profile } = command
      const delivery = await asked(command.reaching, { kind, profile })
      const { reference, delivered, unverified = 0, of, failures } = delivery
      if (of === 0)
        throw new CliError(EXIT.needsPerson, `${reference} has no targets. Add one with satm deliveries add.`)
      const notRead = unverified === 0 ? '' : `; ${unverified} written, not verified`
      out(
        `${plain(reference)}: delivered to ${delivered} of ${of} ${of === 1 ? 'target' : 'targets'}${notRead}\n`,
      )
      for (const failure of failures) complain(terminal, `${reference}: ${failure}`)
      return delivered === of ? EXIT.ok : EXIT.failed
    }
    case 'pause':
    case 'resume':
      return pauses(command, asked, terminal)
    case 'history': {
      const { profile, limit, output } = command
      const history = await asked(command.reaching, { kind: 'history', profile, limit })
      const { format } = output
      out(
        format === 'table'
          ? showHistory(history, style)
          : formatted(output, history, history.attempts, HISTORY_FIELDS),
      )
      return EXIT.ok
    }
    case 'import': {
      const { isDryRun, output, file } = command
      const imported = await asked(command.reaching, { kind: 'import', file: path.resolve(file), isDryRun })
      out(
        output.format === 'table'
          ? showImport(imported, isDryRun, style)
          : formatted(output, imported, imported.rows, ['line', 'name', 'customer', 'isReady', 'remarks']),
      )
      return imported.rejected === 0 ? EXIT.ok : EXIT.needsPerson
    }
    case 'backup':
      return writeBackup(command, asked, terminal)
    case 'open':
      await asked(command.reaching, { kind: 'open', profile: command.profile })
      return EXIT.ok
    case 'doctor': {
      const { checks, exitCode } = await examine(command.reaching, env, terminal.version)
      const { output } = command
      out(
        output.format === 'table'
          ? showChecks(checks, style)
          : formatted(output, { checks }, checks, ['state', 'name', 'sentence']),
      )
      return exitCode
    }
    case 'connect':
      return connectIntegration(command, asked, terminal)
    case 'confirm':
      return confirmHeld(command, asked, terminal)
    case 'consumers':
      return runConsumers(command, asked, terminal)
    case 'deliveries':
      return runDeliveries(command, asked, terminal)
    case 'data-sources': {
      const { action, profile, ids, output } = command
      const reply = await asked(command.reaching, { kind: 'data-sources', action, profile, ids: [...ids] })
      const rows = reply.kind === 'listed' ? reply.sources : reply.outcomes
      out(
        output.format === 'table'
          ? showDataSources(reply, style)
          : formatted(output, reply, rows, DATA_SOURCE_FIELDS),
      )
      const failed = reply.kind === 'listed' ? [] : reply.outcomes.filter(({ result }) => result === 'failed')
      for (const { id, sentence } of failed) complain(terminal, `${id}: ${sentence}`)
      if (failed.length === 0) return EXIT.ok
      return failed.every(({ isRefusal }) => isRefusal) ? EXIT.needsPerson : EXIT.failed
    }
    default:
      return assertNever(command)
  }
}

const usualShell = (): ShellName => (process.platform === 'win32' ? 'powershell' : 'sh')

type StatusCommand = Extract<Command, { kind: 'status' }>

const statusOf = ({ reaching, profile }: StatusCommand, asked: Ask) =>
  asked(reaching, { kind: 'status', profile })

function showsStatus(command: StatusCommand, status: SatmReplies['status'], terminal: Terminal): number {
  terminal.out(statusText(command, status, terminal.style))
  return command.mode === 'check' && !checkedStatus(status).isFine ? EXIT.needsPerson : EXIT.ok
}

function statusText({ output, mode }: StatusCommand, status: SatmReplies['status'], style: Style): string {
  if (output.format !== 'table') return formatted(output, status, [], [])
  return mode === 'check' ? `${plain(checkedStatus(status).line)}\n` : showStatus(status, style)
}

/** Clears a terminal and begins at its top left (ECMA-48: ED, CUP). */
const ANEW = '\u001b[2J\u001b[H'

async function watchStatus(command: StatusCommand, asked: Ask, terminal: Terminal): Promise<never> {
  const { out, style } = terminal
  let last = ''
  for (let { reaching } = command; ; reaching = { ...reaching, start: false }) {
    const status = await statusOf({ ...command, reaching }, asked)
    const text = statusText(command, status, style)
    // Times count down all the while; what a program reads changes only with the state.
    const isForPerson = style.terminal && command.output.format === 'table'
    const state = isForPerson ? text : JSON.stringify({ ...status, now: 0 })
    if (state !== last) out(isForPerson ? `${ANEW}${text}` : text)
    last = state
    await pause(WATCH_EVERY)
  }
}

async function refreshOne(
  { reaching, profile }: Extract<Command, { kind: 'refresh' }>,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const say = (refreshed: Refreshed) =>
    refreshed.outcome === 'failed'
      ? complain(terminal, showFailed(refreshed))
      : terminal.out(showRefreshed(refreshed))
  return refreshExit(await asked(reaching, { kind: 'refresh', profile }, say))
}

async function refreshAll(
  { reaching }: Extract<Command, { kind: 'refresh' }>,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const { out, style, progress } = terminal
  const ended: Refreshed[] = []
  const note = (refreshed: Refreshed) => {
    ended.push(refreshed)
    if (style.terminal) progress(showProgress(ended))
    else if (refreshed.outcome !== 'failed') out(showRefreshed(refreshed))
  }
  try {
    const counts = await asked(reaching, { kind: 'refresh', profile: null }, note)
    if (style.terminal) progress('')
    for (const line of showFailures(ended)) complain(terminal, line)
    if (style.terminal) out(`${showCounts(counts)}\n`)
    else if (counts.failed > 0) complain(terminal, showCounts(counts))
    return refreshExit(counts)
  } catch (error) {
    if (style.terminal) progress('')
    throw error
  }
}

function refreshExit({ failed, needPerson }: SatmReplies['refresh']): number {
  if (failed === 0) return EXIT.ok
  return failed === needPerson ? EXIT.needsPerson : EXIT.failed
}

async function pauses(
  { kind, reaching, profile, duration }: Extract<Command, { kind: 'pause' | 'resume' }>,
  asked: Ask,
  { out, style }: Terminal,
): Promise<number> {
  if (profile === null) {
    const { now, until } = await asked(reaching, { kind: 'pause-all', duration })
    const length = until === null ? '' : `${inWords(until - now)}, until ${moment(until, style)}`
    out(
      until === null
        ? 'All service apps are refreshed again\n'
        : `All service apps are paused for ${length}\n`,
    )
    return EXIT.ok
  }
  const paused = kind === 'pause'
  const { reference, isChanged } = await asked(reaching, { kind: 'pause', profile, paused })
  const state = paused ? 'paused' : 'resumed'
  out(`${plain(reference)}: ${isChanged ? state : paused ? 'paused already' : 'not paused'}\n`)
  return EXIT.ok
}

/** For completion: starts nothing and reports no error. */
async function profileNames(
  words: readonly string[],
  list: (reaching: ConnectionOptions) => Promise<SatmReplies['list']>,
): Promise<readonly string[]> {
  const at = words.indexOf('--data-folder')
  const chosenFolder = at < 0 ? [] : words.slice(at, at + 2)
  const read = readCommandLine(['list', '--no-start', ...chosenFolder])
  if (read.kind !== 'list') return []
  try {
    const { profiles } = await list({ ...read.reaching, timeout: COMPLETION_TAKES })
    // A line feed in a name would make two of it.
    return profiles.map(({ reference }) => reference).filter((name) => !/\p{Cc}/u.test(name))
  } catch {
    return []
  }
}
