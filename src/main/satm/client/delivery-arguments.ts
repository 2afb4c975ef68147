// Arguments of `satm deliveries`: what is to be delivered where and how.

import { didYouMean } from '#base/common/near-text.ts'
import { quoted } from '#contract/value-rules.ts'
import { deliveryActions } from './delivery-facts.ts'
import { type OptionName, STORES, TOKEN_WAYS } from './option-table.ts'
import { durationIn, oneOf, UsageError, type Values, variableIn } from './option-values.ts'

/** What was named of a delivery; null: nothing. */
export interface DeliveryChoice {
  readonly file: string | null
  readonly variable: string | null
  readonly refreshVariable: string | null
  readonly command: string | null
  readonly tokenBy: (typeof TOKEN_WAYS)[number] | null
  readonly readBack: string | null
  /** ms */
  readonly timeLimit: number | null
  readonly store: (typeof STORES)[number] | null
  /** Of the store. */
  readonly fields: Readonly<Record<string, string>>
}

interface Saving {
  readonly choice: DeliveryChoice
  readonly isDryRun: boolean
  /** Warnings about a file are confirmed. */
  readonly isSure: boolean
}

export type DeliveryArguments =
  | { readonly action: 'list'; readonly profile: string | null }
  | (Saving & { readonly action: 'add'; readonly profile: string })
  | (Saving & { readonly action: 'edit'; readonly id: string })
  | { readonly action: 'remove'; readonly id: string }

/** Those that say what is delivered how. */
const OF_KIND = {
  file: ['file', 'variable', 'refresh-variable'],
  command: ['command', 'token-by', 'read-back', 'time-limit'],
  'secret-store': ['secret-store', 'set', 'time-limit'],
} as const satisfies Record<string, readonly OptionName[]>

const SAVING: readonly OptionName[] = [...Object.values(OF_KIND).flat(), 'dry-run', 'yes']

/** Throws `UsageError`. */
export function readDeliveryArguments(given: readonly string[], values: Values): DeliveryArguments {
  const [first, name = '', more] = given
  if (first === undefined)
    throw new UsageError(`satm deliveries needs an action: ${deliveryActions.join(', ')}.`)
  const action = deliveryActions.find((one) => one === first)
  if (action === undefined)
    throw new UsageError(
      `satm deliveries has no action ${quoted(first)}.${didYouMean(first, deliveryActions)}`,
    )
  if (more !== undefined)
    throw new UsageError(
      `satm deliveries ${action} takes one name, not ${quoted(more)} as well. Put a name with spaces in quotes.`,
    )
  const saves = action === 'add' || action === 'edit'
  const idle = saves ? undefined : SAVING.find((option) => values[option] !== undefined)
  if (idle !== undefined) throw new UsageError(`--${idle} is for satm deliveries add and edit.`)
  if (action === 'list') {
    if (given.length > 1 && name === '')
      throw new UsageError('The name that satm deliveries was given is empty.')
    return { action, profile: name === '' ? null : name }
  }
  if (name === '')
    throw new UsageError(
      action === 'add'
        ? 'satm deliveries add needs the name of a service app.'
        : `satm deliveries ${action} needs the ID of a delivery. See satm deliveries list.`,
    )
  if (action === 'remove') return { action, id: name }
  const saving = {
    choice: choiceOf(action, values),
    isDryRun: values['dry-run'] === true,
    isSure: values.yes === true,
  }
  return action === 'add' ? { action, profile: name, ...saving } : { action, id: name, ...saving }
}

function choiceOf(action: 'add' | 'edit', values: Values): DeliveryChoice {
  const text = (option: OptionName) => {
    if (values[option] === '') throw new UsageError(`--${option} must not be empty.`)
    return values[option] === undefined ? null : String(values[option])
  }
  const kinds = (['file', 'command', 'secret-store'] as const).filter((kind) => values[kind] !== undefined)
  const [kind, other] = kinds
  if (other !== undefined) throw new UsageError(`Use either --${kind} or --${other}.`)
  if (action === 'add') {
    if (kind === undefined)
      throw new UsageError('Say where to: --file FILE, --command COMMAND, or --secret-store STORE.')
    const own: readonly OptionName[] = OF_KIND[kind]
    const idle = Object.values(OF_KIND)
      .flat()
      .find((option) => values[option] !== undefined && !own.includes(option))
    if (idle !== undefined) throw new UsageError(`--${idle} is not for --${kind}.`)
  } else if (kind === 'secret-store' || values.set !== undefined)
    throw new UsageError('Another secret store is another delivery: remove this one and add it.')
  const [variable, refreshVariable] = [text('variable'), text('refresh-variable')]
  const [tokenBy, store] = [text('token-by'), text('secret-store')]
  return {
    file: text('file'),
    variable: variable === null ? null : variableIn('--variable', variable),
    refreshVariable: refreshVariable === null ? null : variableIn('--refresh-variable', refreshVariable),
    command: text('command'),
    tokenBy: tokenBy === null ? null : oneOf('--token-by', tokenBy, TOKEN_WAYS),
    readBack: text('read-back'),
    timeLimit: durationIn('time-limit', values['time-limit']),
    store: store === null ? null : oneOf('--secret-store', store, STORES),
    fields: fieldsOf(values),
  }
}

function fieldsOf({ set }: Values): Readonly<Record<string, string>> {
  const pairs = (Array.isArray(set) ? (set as readonly string[]) : []).map((text) => {
    const end = text.indexOf('=')
    if (end < 1) throw new UsageError(`--set must be FIELD=VALUE, not ${quoted(text)}.`)
    return [text.slice(0, end), text.slice(end + 1)] as const
  })
  const twice = pairs.find(([name], at) => pairs.findIndex(([other]) => other === name) !== at)
  if (twice !== undefined) throw new UsageError(`--set ${twice[0]} was given twice.`)
  return Object.fromEntries(pairs)
}
