// Calls that answer at once and fail as the engine understands it.
import { storeFailure } from './sqlite-errors.ts'

/** The same functions; what they throw is a `StoreFailure`. `path`: the database. */
export function guardedEach<T extends object>(functions: T, path: string): T {
  const guarded = Object.entries(functions).map(([name, work]) => [
    name,
    (...args: unknown[]) => {
      try {
        return work(...args)
      } catch (error) {
        throw storeFailure(error, path)
      }
    },
  ])
  return Object.fromEntries(guarded) as T
}
