// Two input methods: the one GTK brings (Ctrl+Shift+U and a code point, dead keys), typed on the X server's keyboard, and
// Chromium's own composition with the key events of macOS, which keep their names while the input method takes them.
import { spawnSync } from 'node:child_process'
import type { CDPSession, Page } from 'playwright'

export interface InputMethod {
  /** Begins to compose a character at the cursor. Returns what the field shows in its place for now. */
  begin(character: string): Promise<string>
  /** Enter, which is the input method's. */
  confirm(): Promise<void>
  /** Escape, which is the input method's. */
  cancel(): Promise<void>
  /** A key that is the app's. */
  press(key: 'Enter' | 'Escape'): Promise<void>
}

/** What an app needs to be written into by GTK's input method, whichever the person at this machine uses. */
export const gtkInputMethodEnv = { GTK_IM_MODULE: 'gtk-im-context-simple' }

export async function gtkInputMethod(page: Page): Promise<InputMethod> {
  const press = (key: 'Enter' | 'Escape') => strikeKeys(page, key === 'Enter' ? 'Return' : key)
  return {
    async begin(character) {
      const codePoint = character.codePointAt(0)?.toString(16) ?? ''
      await strikeKeys(page, 'ctrl+shift+u', ...codePoint)
      return `u${codePoint}`
    },
    confirm: () => press('Enter'),
    cancel: () => press('Escape'),
    press,
  }
}

/** Keys by their X11 names or codes, on the keyboard of the X server. A field is the input method's two frames after its focus. */
export async function strikeKeys(page: Page, ...keys: readonly string[]): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  run('xdotool', ['key', ...keys])
}

/** `intl` has dead keys; in a layout without them xdotool lends one a place, for a moment that a busy app misses. */
export function layKeys(variant: string, layout = 'us'): void {
  run('setxkbmap', [layout, '-variant', variant])
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`)
}

export async function chromiumInputMethod(page: Page): Promise<InputMethod> {
  const session = await page.context().newCDPSession(page)
  let composing = ''
  return {
    async begin(character) {
      composing = character
      await composedKey(session, character, (text) =>
        session.send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 }),
      )
      return character
    },
    confirm: () => composedKey(session, 'Enter', () => session.send('Input.insertText', { text: composing })),
    cancel: () =>
      composedKey(session, 'Escape', () =>
        session.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 }),
      ),
    press: (key) => page.keyboard.press(key),
  }
}

/** The code Chromium gives to every key that an input method takes. */
const PROCESS_KEY = 229

/** A key that an input method takes: the page sees it by its name, then what comes of it. */
export async function composedKey(
  session: CDPSession,
  key: string,
  act: (key: string) => Promise<unknown> = async () => undefined,
): Promise<void> {
  await session.send('Input.dispatchKeyEvent', {
    type: 'rawKeyDown',
    key,
    windowsVirtualKeyCode: PROCESS_KEY,
  })
  await act(key)
  await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key })
}
