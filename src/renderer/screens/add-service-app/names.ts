// Names suggested for what is added.

/** A name nobody has yet: "Orders", "Orders 2", … */
export function freshName(wanted: string, taken: readonly string[]): string {
  const names = new Set(taken)
  let name = wanted
  for (let count = 2; names.has(name); count += 1) name = `${wanted} ${count}`
  return name
}

/** The same app for another customer: "Orders Acme" of Acme → "Orders Globex"; its own name while there is none. */
export function nameForOrg(
  like: { readonly name: string; readonly orgName: string | null },
  customer: string,
  taken: readonly string[],
): string {
  const app = withoutOrg(like.name, like.orgName)
  return freshName(customer === '' ? app : `${app} ${customer}`, taken)
}

function withoutOrg(name: string, orgName: string | null): string {
  if (orgName === null || !name.endsWith(orgName)) return name
  const app = name.slice(0, -orgName.length).replace(/[\s(–-]+$/, '')
  return app === '' ? name : app
}
