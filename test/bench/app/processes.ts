// What a program and everything it started take of the machine, as Linux counts it.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Process {
  readonly pid: number
  readonly parent: number
}

/** MiB. Pages that several processes share count once. */
export function memoryOf(root: number): number {
  return tree(root).reduce((sum, { pid }) => sum + shareOf(pid, 'Pss'), 0)
}

/**
 * MiB of `root` and of those below it that Chromium calls renderer and GPU process; 0: there is none. Without the pages of
 * files: how many others share the runtime's changes with whatever else runs.
 */
export function memoryByRole(root: number): { readonly main: number; renderer: number; gpu: number } {
  const memory = { main: ownMemory(root), renderer: 0, gpu: 0 }
  for (const { pid } of tree(root)) {
    const role = roleOf(pid)
    if (role === 'renderer') memory.renderer += ownMemory(pid)
    if (role === 'gpu-process') memory.gpu += ownMemory(pid)
  }
  return memory
}

const ownMemory = (pid: number) => shareOf(pid, 'Pss') - shareOf(pid, 'Pss_File')

/** MiB */
function shareOf(pid: number, what: 'Pss' | 'Pss_File'): number {
  const text = textOf(`/proc/${pid}/smaps_rollup`) ?? ''
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / 1024
}

/**
 * Seconds that the threads of these processes have run, by the scheduler's own account in ns: `stat` counts whole ticks of
 * 10 ms, which an idle process hardly ever fills. What has ended meanwhile is not in it.
 */
export function processorTimeOf(root: number): number {
  return tree(root).reduce((sum, { pid }) => sum + ranFor(pid), 0)
}

function ranFor(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => {
    const [nanoseconds] = (textOf(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ')
    return sum + Number(nanoseconds) / 1e9
  }, 0)
}

/** None: the process has ended meanwhile. */
function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** ms of processor time that the threads of the window's renderer have taken. */
export function rendererTimeOf(root: number): number {
  const renderers = tree(root).filter(({ pid }) => roleOf(pid) === 'renderer')
  const threads = renderers.flatMap(({ pid }) => {
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).map((thread) => textOf(path.join(tasks, thread, 'schedstat')) ?? '0')
  })
  return threads.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6
}

/** What Chromium calls it; undefined: the process it began with. */
const roleOf = (pid: number) => /--type=([\w-]+)/.exec(textOf(`/proc/${pid}/cmdline`) ?? '')?.[1]

function tree(root: number): readonly Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processOf(name) ?? []) : []))
  const found = all.filter(({ pid }) => pid === root)
  // It grows while it is gone through, until nobody has a child that is not in it.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

/** Fields by their number in proc(5), counted after the name, which may hold anything. */
function processOf(name: string): Process | undefined {
  const stat = textOf(`/proc/${name}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3] ?? 0)
  return { pid: Number(name), parent: field(4) }
}

/** undefined: the process has ended meanwhile. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
