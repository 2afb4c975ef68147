// Ends a command with everything it has started.
import { type ChildProcess, spawn } from 'node:child_process'

/** At once and without asking: whoever gets here was given its time. On Unix the child leads a group of its own. */
export function killTree(child: ChildProcess, platform: NodeJS.Platform): void {
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
    // It has ended by itself.
  }
}
