// Clipboard: Electron's clipboard, by the synchronous API of older versions and the asynchronous one since 44.
import * as electron from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { type Clipboard, createClearing, type TokenClipboard } from './clipboard-clearing.ts'

export type { TokenClipboard } from './clipboard-clearing.ts'

export function createClipboard(parts: {
  readonly clock: Clock
  /** How long a token stays, in ms; 0: until something else is copied. */
  readonly clearAfter: () => Duration
  readonly failed?: (error: unknown) => void
}): TokenClipboard {
  return createClearing({
    clipboard: systemClipboard(),
    clock: parts.clock,
    clearAfter: parts.clearAfter,
    failed: parts.failed ?? (() => undefined),
  })
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
