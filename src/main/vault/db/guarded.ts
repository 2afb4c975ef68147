// Calls that answer at once and fail as the engine understands it.
import { storeFailure } from './sqlite-errors.ts'

/** What only reads. */
const READS: readonly string[] = ['load', 'ofTarget']

/**
 * The same functions; what they throw is a `StoreFailure`. `path`: the database. `beforeWrite` runs before each of them
 * that writes, and stops it by throwing.
 */
export function guardedEach<T extends object>(
  functions: T,
  { path, beforeWrite }: { readonly path: string; readonly beforeWrite: () => void },
): T {
  const guarded = Object.entries(functions).map(([name, work]) => [
    name,
    (...args: unknown[]) => {
      try {
        if (!READS.includes(name)) beforeWrite()
        return work(...args)
      } catch (error) {
        throw storeFailure(error, path)
      }
    },
  ])
  return Object.fromEntries(guarded) as T
}
