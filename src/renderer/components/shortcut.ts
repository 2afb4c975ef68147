// Shortcuts: which key was pressed, on whatever layout.

export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  getModifierState(key: 'AltGraph'): boolean
}

/** What a keyboard types whose layout has no Latin letters: Cyrillic, Greek, Hebrew, Arabic, Thai, … */
const OTHER_SCRIPT = /^(?!\p{Script=Latin})[\p{L}\p{M}]/u
const LATIN_KEY = /^Key([A-Z])$/

/**
 * The key by what it types, in lower case: on AZERTY and Dvorak the letter printed on it counts. Where that is a letter
 * of another script, the Latin one in its place counts, as on a keyboard of the United States.
 */
export function keyOf({ key, code }: Pick<KeyPress, 'key' | 'code'>): string {
  if (!OTHER_SCRIPT.test(key)) return key.length === 1 ? key.toLowerCase() : key
  return code === 'Slash' ? '/' : (LATIN_KEY.exec(code)?.[1]?.toLowerCase() ?? key)
}

/** Keys typed there belong to the field, or to the open menu. A drop-down list takes only letters that an option begins with. */
export const isTypedInto = (target: EventTarget | null): boolean =>
  (target instanceof HTMLInputElement && target.type !== 'checkbox') ||
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLElement && target.closest('[role="menu"]') !== null)

/** The key with its modifiers: `n`, `Enter`, `Ctrl+k`. Ctrl is also Cmd, Alt also AltGr, which types characters. */
export function shortcutOf(press: KeyPress): string {
  const { ctrlKey, metaKey, altKey } = press
  const alt = altKey || press.getModifierState('AltGraph') ? 'Alt+' : ''
  return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${alt}${keyOf(press)}`
}
