// A whole token-config.json pasted into any field fills the form. What it says of the token manager is no field of the
// form; it is handed back, kept by the dialog alone, and sent with the rest.
import type { RefObject } from 'react'
import { parseTokenConfig, type TokenConfigManager } from '#contract/token-config.ts'
import { putText } from './service-app-fields.tsx'

export type Pasted =
  | {
      readonly kind: 'filled'
      readonly tokenManager: TokenConfigManager | null
      readonly placeholders: number
    }
  | { readonly kind: 'refused'; readonly sentence: string }

/** null: the text is no JSON object, so it is an ordinary value. */
export function fillFrom(text: string, form: RefObject<HTMLFormElement | null>, name: string): Pasted | null {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(text.replace(/^\ufeff/, ''))) return null
  const config = parseTokenConfig(text)
  if (config.kind === 'refused') return { kind: 'refused', sentence: config.sentence }
  for (const [field, value] of Object.entries(config.serviceApp)) putText(form, field, value)
  const typedName = form.current?.elements.namedItem('name')
  if (typedName instanceof HTMLInputElement && (typedName.value === '' || typedName.value === text)) {
    typedName.value = name
  }
  return { kind: 'filled', tokenManager: config.tokenManager, placeholders: config.placeholders.length }
}
