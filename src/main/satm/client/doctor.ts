// satm doctor: what satm itself can look at, and then what the app says of itself. It never starts the app.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { refuseUnsafe, UnsafeFolder } from '#base/node/folder-access.ts'
import { isDataFolder } from '../app-location.ts'
import type { Check } from '../protocol.ts'
import {
  findApp,
  folderOf,
  hasDisplay,
  noData,
  serverStopped,
  trustedNote,
  tryToReach,
  whereNamed,
} from './app-connection.ts'
import { CliError, EXIT } from './exit-codes.ts'
import type { ConnectionOptions } from './option-values.ts'
import { type Color, colored, plain, type Style } from './print.ts'
import { sendRequest } from './socket-client.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface Examination {
  readonly checks: readonly Check[]
  readonly exitCode: number
}

/** `version`: satm's. Never rejects for what it can say in a line. */
export async function examine(reaching: ConnectionOptions, env: Env, version: string): Promise<Examination> {
  const userId = process.getuid?.() ?? null
  const folder = folderOf(reaching.dataFolder, env)
  const place = folderCheck(folder, userId, whereNamed(reaching.dataFolder, env))
  const reached = await reach(folder, userId)
  if ('why' in reached) {
    const isOfServer = trustedNoteOrNull(folder)?.isServer === true
    const start = isOfServer ? [problem('server', serverStopped(folder))] : startChecks(folder, env)
    return { checks: [place, problem('socket', reached.why), ...start], exitCode: EXIT.unreachable }
  }
  try {
    const answer = await sendRequest(reached.socket, { kind: 'doctor' }, reaching.timeout)
    const isServer = answer.isServer === true
    const who = isServer ? 'the server' : 'the app'
    const versions =
      answer.version === version
        ? ok('versions', `satm and ${who} are ${version}`)
        : problem(
            'versions',
            `${who} is version ${answer.version}, satm is version ${version}. Restart ${who}, or use the satm that came with it.`,
          )
    const owner = isServer ? [ok('server', 'a server (satm serve) owns this data folder')] : []
    const checks = [place, ok('socket', reached.path), ...owner, versions, ...answer.checks]
    const isFine = checks.every(({ state }) => state !== 'problem')
    return { checks, exitCode: isFine ? EXIT.ok : EXIT.needsPerson }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const checks = [place, ok('socket', reached.path), problem('app', error.message)]
    return { checks, exitCode: error.exitCode }
  }
}

const ok = (name: string, sentence: string): Check => ({ name, state: 'ok', sentence })
const problem = (name: string, sentence: string): Check => ({ name, state: 'problem', sentence })

function folderCheck(folder: string, userId: number | null, where: string): Check {
  const name = 'data folder'
  const found = existsSync(folder) ? statSync(folder) : null
  if (found !== null && userId !== null && found.uid !== userId) {
    const owner = `${folder} belongs to another user (user ID ${found.uid})`
    return problem(name, `${owner}. Run satm as that user, or name your own folder with --data-folder.`)
  }
  if (!isDataFolder(folder)) return problem(name, `${noData(folder)} ${where}`)
  try {
    refuseUnsafe(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return ok(name, folder)
  } catch (error) {
    if (error instanceof UnsafeFolder) return problem(name, error.message)
    return problem(
      name,
      `${folder} cannot be written to, so no new token can be stored. Run chmod u+rwx on it, or check whether its file system is read-only.`,
    )
  }
}

type Reached = { readonly socket: Socket; readonly path: string } | { readonly why: string }

async function reach(folder: string, userId: number | null): Promise<Reached> {
  try {
    const note = trustedNote(folder, userId)
    const socket = await tryToReach(note, userId)
    if (socket !== null) return { socket, path: note?.socket ?? '' }
    const who = note?.isServer === true ? 'the server' : 'the app'
    if (note?.socket == null)
      return { why: `none is noted in the data folder: ${who} is not running with it.` }
    const state = existsSync(note.socket) ? 'nothing listens at' : 'nothing is there any more:'
    return { why: `${state} ${note.socket}: ${who} is not running with this data folder.` }
  } catch (error) {
    if (error instanceof CliError) return { why: error.message }
    throw error
  }
}

/** Whether satm could start the app. */
function startChecks(folder: string, env: Env): readonly Check[] {
  try {
    const command = findApp(trustedNoteOrNull(folder), folder, env)
    const app = ok('app', `${command[0]} can be started: satm open`)
    if (hasDisplay(command, env)) return [app]
    const help = 'neither DISPLAY nor WAYLAND_DISPLAY names a display. Start the app in a desktop session.'
    return [problem('display', help)]
  } catch (error) {
    if (error instanceof CliError) return [problem('app', error.message)]
    throw error
  }
}

function trustedNoteOrNull(folder: string): ReturnType<typeof trustedNote> {
  try {
    return trustedNote(folder, process.getuid?.() ?? null)
  } catch {
    return null
  }
}

const MARKS: Readonly<Record<Check['state'], readonly [mark: string, color: Color]>> = {
  ok: ['✓', 'green'],
  problem: ['✗', 'red'],
  skipped: ['–', 'dim'],
}

/** A line for each; for a program state, name and sentence with tabs between them. */
export function showChecks(checks: readonly Check[], style: Style): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  return checks
    .map(({ name, state, sentence }) => {
      if (!style.terminal) return `${state}\t${plain(name)}\t${plain(sentence)}\n`
      const [mark, color] = MARKS[state]
      return `${colored(mark, color, style)} ${plain(name).padEnd(width)}  ${plain(sentence)}\n`
    })
    .join('')
}
