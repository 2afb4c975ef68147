import { ipcMain, type WebContents } from 'electron'
import { REQUEST_CHANNEL } from '../../preload/channels.ts'
import { dispatch, type Handlers } from './dispatch.ts'

/**
 * Answers the window's requests. Only the top frame of `window()` at `origin` is heard;
 * everybody else gets the same answer as for an unknown request, and is logged.
 */
export function listenToWindow(parts: {
  readonly handlers: Handlers
  readonly window: () => WebContents | null
  readonly origin: string
  readonly log: {
    warn(event: string, fields: Record<string, unknown>): void
    error(event: string, fields: Record<string, unknown>): void
  }
}): void {
  ipcMain.handle(REQUEST_CHANNEL, (event, name: unknown, input: unknown) => {
    const frame = event.senderFrame
    const trusted =
      frame !== null &&
      event.sender === parts.window() &&
      frame === event.sender.mainFrame &&
      frame.origin === parts.origin
    if (!trusted) {
      parts.log.warn('ipc.stranger', { frame: frame === null ? 'gone' : 'foreign' })
      return { ok: false, error: { code: 'invalid', message: 'There is no such request.' } }
    }
    return dispatch(parts.handlers, name, input, (request, error) =>
      parts.log.error('ipc.unexpected', { request, error }),
    )
  })
}
