// Suggested names: of a service app that was pasted without one, and of one that is duplicated for another org.

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
