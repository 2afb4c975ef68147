// Chromium's network service, as the kernel knows it.
import { readdirSync, readFileSync } from 'node:fs'

/** Living network service processes below the app's main process. */
export function networkServices(main: number): readonly number[] {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const [state = '', parent = ''] =
        readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
    } catch {
      return []
    }
  })
  const isBelow = (pid: number): boolean => {
    const parent = processes.find((one) => one.pid === pid)?.parent
    return parent === main || (parent !== undefined && parent > 1 && isBelow(parent))
  }
  return processes
    .filter(({ pid, command }) => command.includes('network.mojom.NetworkService') && isBelow(pid))
    .map(({ pid }) => pid)
}
