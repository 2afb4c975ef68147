// Port owner: which program listens on a port. Best effort: null where the system does not tell.
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** `node (process 4711)`; null when nobody can be named. Never rejects. */
export async function findPortOwner(port: number, platform: NodeJS.Platform): Promise<string | null> {
  try {
    switch (platform) {
      case 'linux':
        return await findOnLinux(port)
      case 'darwin':
        return readLsof(await run('/usr/sbin/lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']))
      case 'win32':
        return await findOnWindows(port)
      default:
        return null
    }
  } catch {
    // No right to look, no such tool: the message does without a name.
    return null
  }
}

async function findOnLinux(port: number): Promise<string | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  )
  if (sockets.size === 0) return null
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Other people's processes do not show their descriptors.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    const links = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    )
    if (links.some((link) => sockets.has(link))) {
      return named(await commandOnLinux(pid), pid)
    }
  }
  return null
}

/** Newer versions of Node (24) call their main thread so, whatever program it is: its file says more. */
const NO_NAME = 'MainThread'

async function commandOnLinux(pid: string): Promise<string> {
  const command = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim()
  return command === NO_NAME ? path.basename(await readlink(`/proc/${pid}/exe`)) : command
}

/** Inodes of the sockets that listen on `port` in a table of /proc/net (state 0A; address and port are hexadecimal). */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    return local.endsWith(wanted) && state === '0A' && inode !== undefined ? [inode] : []
  })
}

/** `lsof -F pc`: one field a line, `p` and the process id, `c` and the command. */
export function readLsof(output: string): string | null {
  const pid = /^p(\d+)$/m.exec(output)?.[1]
  const command = /^c(.+)$/m.exec(output)?.[1]
  return pid === undefined || command === undefined ? null : named(command, pid)
}

async function findOnWindows(port: number): Promise<string | null> {
  const pid = readNetstat(await run('netstat.exe', ['-ano', '-p', 'TCP']), port)
  if (pid === null) return null
  const command = /^"([^"]+)"/.exec(
    await run('tasklist.exe', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']),
  )?.[1]
  return command === undefined ? null : named(command, pid)
}

/**
 * The process id that `netstat -ano` shows for a listener; the word for the state is translated, the far end `:0` is
 * not.
 */
export function readNetstat(output: string, port: number): string | null {
  for (const line of output.split('\n')) {
    const [protocol, local = '', remote = '', , pid] = line.trim().split(/\s+/)
    if (protocol === 'TCP' && local.endsWith(`:${port}`) && remote.endsWith(':0') && pid !== undefined)
      return pid
  }
  return null
}

function named(command: string, pid: string): string {
  return `${command} (process ${pid})`
}

async function run(file: string, parameters: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...parameters], { timeout: 3_000, windowsHide: true })
  return stdout
}
