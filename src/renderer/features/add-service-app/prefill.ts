// What fills the form before anybody types: a name for another org, and a pasted token-config.json.
import type { RefObject } from 'react'
import { parseTokenConfig, type TokenConfigManager } from '#contract/token-config.ts'
import { putText } from './service-app-fields.tsx'

/** A name nobody has yet: "Orders", "Orders 2", … */
export function freshName(wanted: string, taken: readonly string[]): string {
  const names = new Set(taken)
  let name = wanted
  for (let count = 2; names.has(name); count += 1) name = `${wanted} ${count}`
  return name
}

/**
 * The same app for another customer: "Orders (Acme)" of Acme → "Orders (Globex)"; "Orders" while there is no customer
 * yet.
 */
export function nameForOrg(
  like: { readonly name: string; readonly orgName: string | null },
  customer: string,
  taken: readonly string[],
): string {
  const { name, orgName } = like
  const at = orgName === null || orgName === '' ? -1 : name.lastIndexOf(orgName)
  if (orgName === null || at === -1) return freshName(customer === '' ? name : `${name} ${customer}`, taken)
  const before = name.slice(0, at)
  const after = name.slice(at + orgName.length)
  if (customer !== '') return freshName(`${before}${customer}${after}`, taken)
  const app = `${before.replace(/(?<![\s(–-])[\s(–-]+$/, '')}${after.replace(/^\)/, '')}`.trim()
  return freshName(app === '' ? name : app, taken)
}

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
