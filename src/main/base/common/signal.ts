// Signal: calls its listeners in the order in which they subscribed.

export interface Signal<Values extends readonly unknown[] = []> {
  emit(...values: Values): void
  /** Listeners stay for as long as the signal does. */
  subscribe(listener: (...values: Values) => void): void
}

export function createSignal<Values extends readonly unknown[] = []>(): Signal<Values> {
  const listeners: ((...values: Values) => void)[] = []
  return {
    emit(...values) {
      for (const listener of listeners) listener(...values)
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}
