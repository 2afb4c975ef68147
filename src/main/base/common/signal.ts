// Signal: calls its listeners in the order in which they subscribed. They stay for as long as the signal does.

export interface Signal<Values extends readonly unknown[] = []> {
  emit(...values: Values): void
  subscribe(listener: (...values: Values) => void): void
}

export interface AsyncSignal<Values extends readonly unknown[] = []> {
  /** Each listener is called once the one before it has settled; rejects with the first error. */
  emit(...values: Values): Promise<void>
  subscribe(listener: (...values: Values) => void | Promise<void>): void
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

export function createAsyncSignal<Values extends readonly unknown[] = []>(): AsyncSignal<Values> {
  const listeners: ((...values: Values) => void | Promise<void>)[] = []
  return {
    async emit(...values) {
      for (const listener of listeners) await listener(...values)
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}
