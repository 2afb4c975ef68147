// Clipboard: Electron's clipboard, by the synchronous API of older versions and the asynchronous one since 44. A copied token
// is removed after a time, only if the clipboard still holds it.
import { createHash } from 'node:crypto'
import * as electron from 'electron'
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
  /** How long a token stays, in ms; 0: until something else is copied. */
  readonly clearAfter: () => Duration
  readonly failed?: (error: unknown) => void
}

export function createClipboard(parts: Omit<ClearingDependencies, 'clipboard'>): TokenClipboard {
  return createClearing({ ...parts, clipboard: systemClipboard() })
}

export function createClearing({
  clipboard,
  clock,
  clearAfter,
  failed = () => undefined,
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

function systemClipboard(): Clipboard {
  const { clipboard } = electron
  return {
    read: async () => await clipboard.readText(),
    writeText: async (text) => await clipboard.writeText(text),
    async writeSecret(text) {
      const marked = markedItem(text)
      if (marked === null) return await clipboard.writeText(text)
      try {
        await clipboard.write([marked])
      } catch {
        // A mark that the system refuses must not prevent the copy.
        await clipboard.writeText(text)
      }
    },
    clear: () => clipboard.clear(),
  }
}

/** Before Electron 44 there is no such class, and a mark written alone would replace the text. */
function markedItem(text: string): electron.ClipboardItem | null {
  const Item: typeof electron.ClipboardItem | undefined = Reflect.get(electron, 'ClipboardItem')
  const mark = historyMark(process.platform)
  if (Item === undefined || mark === null) return null
  const [format, value] = mark
  return new Item({
    'text/plain': text,
    [`electron application/osclipboard;format="${format}"`]: new Blob([new Uint8Array(value)]),
  })
}

/** What tells a clipboard history to leave this alone: format and content. */
function historyMark(platform: NodeJS.Platform): readonly [string, Buffer] | null {
  if (platform === 'darwin') return ['org.nspasteboard.ConcealedType', Buffer.alloc(0)]
  if (platform === 'win32') return ['ExcludeClipboardContentFromMonitorProcessing', Buffer.alloc(4)]
  if (platform === 'linux') return ['x-kde-passwordManagerHint', Buffer.from('secret')]
  return null
}
