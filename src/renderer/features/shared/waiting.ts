// Waiting: refreshes that another computer of a shared vault was asked for, and has not answered yet.
import { useSyncExternalStore } from 'react'

const waited = new Map<string, number>()
const listeners = new Set<() => void>()

function note(profileId: string, change: 1 | -1): void {
  const count = (waited.get(profileId) ?? 0) + change
  if (count > 0) waited.set(profileId, count)
  else waited.delete(profileId)
  for (const listener of listeners) listener()
}

export async function whileWaiting<T>(profileId: string, work: () => Promise<T>): Promise<T> {
  note(profileId, 1)
  try {
    return await work()
  } finally {
    note(profileId, -1)
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useIsWaiting(profileId: string): boolean {
  return useSyncExternalStore(subscribe, () => waited.has(profileId))
}
