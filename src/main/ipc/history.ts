// The requests about what was tried.
import type { Input, Replies } from '../../preload/contract.ts'

/** Each throws a `Refusal` when the vault is not open. */
export interface HistoryParts {
  page(query: Input<'history.page'>): Replies['history.page']
  days(query: Input<'history.days'>): Replies['history.days']['days']
  export(query: Input<'history.export'>): Promise<Replies['history.export']>
}
