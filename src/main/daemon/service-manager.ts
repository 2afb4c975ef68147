// Service manager: tells systemd of the server's state (sd_notify(3)) and keeps its watchdog quiet while the engine's loop
// turns. Node has no datagram sockets of the Unix kind, so the system's `systemd-notify` sends them.
import { spawn } from 'node:child_process'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface ServiceManager {
  /** Assignments such as `READY=1`. Resolves when they were sent, or could not be. Never rejects. */
  notify(...state: readonly string[]): Promise<void>
  /** Sends `WATCHDOG=1` at half of the interval that was asked for, as long as `isAlive` says so. */
  watch(isAlive: () => boolean): void
  stop(): void
}

/** ms. systemd's socket takes what it gets at once; a process that hangs must hold up nothing. */
const SENDING_TAKES = 5_000

export function createServiceManager(parts: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Pick<Clock, 'after'>
  readonly failed: (error: unknown) => void
}): ServiceManager {
  const { env, clock, failed } = parts
  const socket = env.NOTIFY_SOCKET
  let hasFailed = false
  let cancel = () => {}

  const notify = async (...state: readonly string[]) => {
    if (socket === undefined || socket === '') return
    try {
      await send(socket, state, clock)
    } catch (error) {
      if (!hasFailed) failed(error)
      hasFailed = true
    }
  }
  return {
    notify,
    watch(isAlive) {
      const interval = watchdogInterval(env)
      if (interval === null) return
      const again = () => {
        cancel = clock.after(interval / 2, again)
        if (isAlive()) void notify('WATCHDOG=1')
      }
      again()
    },
    stop: () => cancel(),
  }
}

/** ms; null: none. sd_watchdog_enabled(3). */
function watchdogInterval({
  WATCHDOG_USEC,
  WATCHDOG_PID,
}: Readonly<Record<string, string | undefined>>): Duration | null {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return null
  const microseconds = Number(WATCHDOG_USEC)
  return Number.isInteger(microseconds) && microseconds > 0 ? microseconds / 1000 : null
}

function send(socket: string, state: readonly string[], clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...state], {
      stdio: 'ignore',
      env: { NOTIFY_SOCKET: socket, PATH: process.env.PATH },
    })
    const cancel = clock.after(SENDING_TAKES, () => child.kill('SIGKILL'))
    child.once('error', (error) => {
      cancel()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      cancel()
      if (code === 0) resolve()
      else reject(new Error(`systemd-notify ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}
