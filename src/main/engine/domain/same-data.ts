// Same data: compares records by what they say.
import { Secret } from './secret.ts'

/** Of plain data and secrets. */
export function isSameData(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (one instanceof Secret) return other instanceof Secret && one.equals(other)
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const [fields, others] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
  return (
    fields.size === others.size && [...fields].every(([name, value]) => isSameData(value, others.get(name)))
  )
}
