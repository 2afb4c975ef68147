// Clipboard clearing: removes a copied token after a time, only if the clipboard still holds it.
import { createHash } from 'node:crypto'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

/** The system's clipboard, as far as it is used. */
export interface Clipboard {
  read(): Promise<string>
  writeText(text: string): Promise<void>
  /** With the marks that keep it out of clipboard histories, where the system has such marks. */
  writeSecret(text: string): Promise<void>
  clear(): void
}

export interface TokenClipboard {
  /** Returns after how many seconds it will be cleared; null: never. */
  copyToken(secretText: string): number | null
  copyText(text: string): void
  /** On quit and on lock: at once, if it still holds the token. */
  clearNow(): Promise<void>
}

export interface ClearingDependencies {
  readonly clipboard: Clipboard
  readonly clock: Pick<Clock, 'after'>
  /** In ms; 0: never. */
  readonly clearAfter: () => Duration
  readonly failed: (error: unknown) => void
}

export function createClearing({
  clipboard,
  clock,
  clearAfter,
  failed,
}: ClearingDependencies): TokenClipboard {
  // Only a hash: the token itself must not stay in memory here.
  let held: string | null = null
  let cancel = () => {}
  let written: Promise<unknown> = Promise.resolve()

  const write = (writing: Promise<void>) => {
    written = Promise.all([written, writing.catch(failed)])
  }
  const clearNow = async () => {
    cancel()
    await written
    const mine = held
    held = null
    if (mine === null) return
    try {
      if (hash(await clipboard.read()) === mine) clipboard.clear()
    } catch (error) {
      failed(error)
    }
  }

  return {
    copyToken(secretText) {
      cancel()
      held = hash(secretText)
      write(clipboard.writeSecret(secretText))
      const delay = clearAfter()
      if (delay <= 0) return null
      cancel = clock.after(delay, () => void clearNow())
      return Math.round(delay / 1000)
    },
    copyText: (text) => write(clipboard.writeText(text)),
    clearNow,
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
