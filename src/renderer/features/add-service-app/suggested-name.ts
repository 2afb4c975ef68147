// Suggested names: of a service app that was pasted without one, and of one that is added for another customer.

/** A name nobody has yet: "Orders", "Orders 2", … */
export function freshName(wanted: string, taken: readonly string[]): string {
  const names = new Set(taken)
  let name = wanted
  for (let count = 2; names.has(name); count += 1) name = `${wanted} ${count}`
  return name
}

/**
 * The same app for another customer keeps its name, since the customer tells the two apart. Where the name has the
 * customer in it, the other one takes its place: "Orders (Acme)" of Acme → "Orders (Globex)"; "Orders" while there is none.
 */
export function nameForOrg(
  { name, orgName }: { readonly name: string; readonly orgName: string | null },
  customer: string,
): string {
  const at = orgName === null || orgName === '' ? -1 : name.lastIndexOf(orgName)
  if (orgName === null || at === -1) return name
  const before = name.slice(0, at)
  const after = name.slice(at + orgName.length)
  const app = `${before.replace(/(?<![\s(–-])[\s(–-]+$/, '')}${after.replace(/^\)/, '')}`.trim()
  if (app === '') return name
  return customer === '' ? app : `${before}${customer}${after}`
}
