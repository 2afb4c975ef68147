// Holds the path of a probe to the base URL, whatever a person typed.

/**
 * The path begins with one slash, has no fragment, and a leading `/v1` (which the base URL already has) is dropped:
 * a token goes to no other host.
 */
export function normalizeProbePath(path: string): string {
  const [withoutFragment = ''] = path.trim().split('#', 1)
  const held = `/${withoutFragment.replace(/^[/\\]+/, '')}`
  return held.replace(/^\/v1(?=\/|\?|$)/, '') || '/'
}
