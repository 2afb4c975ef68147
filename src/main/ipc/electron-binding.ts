// Electron binding: receives the window's requests, and only those of its own page.
import { ipcMain, type WebContents } from 'electron'
import { REQUEST_CHANNEL } from '../../preload/channels.ts'

export interface Answering {
  /** Whose requests are answered. */
  readonly window: () => WebContents | null
  /** Never rejects. */
  readonly answer: (name: unknown, input: unknown) => Promise<unknown>
}

/**
 * Answers the window's requests. Only the top frame of its page at `origin` is heard; everybody else gets the same
 * answer as for an unknown request, and is logged. The page may ask before there is anybody to answer: then it waits.
 */
export function listenToWindow(parts: {
  readonly answering: Promise<Answering>
  readonly origin: string
  readonly log: { warn(event: string, fields: Record<string, unknown>): void }
}): void {
  ipcMain.handle(REQUEST_CHANNEL, async (event, name: unknown, input: unknown) => {
    // Read at once: a frame that goes away meanwhile takes its origin with it.
    const frame = event.senderFrame
    const ours = frame !== null && frame === event.sender.mainFrame && frame.origin === parts.origin
    const { window, answer } = await parts.answering
    if (ours && event.sender === window()) return answer(name, input)
    parts.log.warn('ipc.stranger', { frame: frame === null ? 'gone' : 'foreign' })
    return { ok: false, error: { code: 'invalid', message: 'Unknown request.' } }
  })
}
