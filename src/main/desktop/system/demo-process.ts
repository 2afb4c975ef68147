import { spawn } from 'node:child_process'

/** A demo beside this app: its own process and data folder, so nothing of this one is touched. */
export function startDemoProcess(): void {
  const own = process.argv.slice(1).filter((argument) => !argument.startsWith('--user-data-dir'))
  spawn(process.execPath, [...own, '--demo'], { detached: true, stdio: 'ignore' }).unref()
}
