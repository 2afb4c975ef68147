// The arguments of `satm data-sources`.
import { DATA_SOURCE_ACTIONS } from './command-table.ts'

export type DataSourceAction = (typeof DATA_SOURCE_ACTIONS)[number]

export interface DataSourceArguments {
  readonly action: DataSourceAction
  readonly profile: string
  /** Empty: all that are kept alive. */
  readonly ids: readonly string[]
}

/** A text: what is wrong. */
export function readDataSourceArguments([first = '', profile = '', ...ids]: readonly string[]):
  | DataSourceArguments
  | string {
  const action = DATA_SOURCE_ACTIONS.find((one) => one === first)
  if (action === undefined) return 'Say list or renew: satm data-sources list PROFILE.'
  if (profile === '') return `satm data-sources ${action} needs the name of a service app.`
  if (action === 'list' && ids.length > 0)
    return 'satm data-sources list takes one name. Put a name with spaces in quotes.'
  return { action, profile, ids }
}
