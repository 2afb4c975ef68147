// `satm deliveries`: where the tokens of a service app are delivered.
import path from 'node:path'
import { inWords } from '#base/common/duration.ts'
import { SECRET_STORES, type SecretStore, storeFlaws, storesOn } from '#contract/secret-stores.ts'
import { quoted } from '#contract/value-rules.ts'
import { readTypedSpec, type TypedSpec } from '#engine/domain/delivery-spec.ts'
import { SECOND } from '#engine/domain/policy.ts'
import type { ListedDelivery, SatmReplies } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { isAgreed } from './confirm-command.ts'
import type { DeliveryArguments, DeliveryChoice } from './delivery-arguments.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { formatted, iso } from './formats.ts'
import { DELIVERY_FIELDS } from './json-fields.ts'
import { patiently } from './option-values.ts'
import { type Color, colored, plain, printed, type Style } from './print.ts'
import { table } from './table.ts'
import { type Ask, complain, hint, type Terminal } from './terminal.ts'

type DeliveriesCommand = Extract<Command, { kind: 'deliveries' }>
type Saving = Extract<DeliveryArguments, { action: 'add' | 'edit' }>

export async function runDeliveries(
  { reaching, wanted, output }: DeliveriesCommand,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const { out, style } = terminal
  switch (wanted.action) {
    case 'list': {
      const listed = await asked(reaching, { kind: 'deliveries', profile: wanted.profile })
      const { deliveries } = listed
      if (output.format === 'table') out(showDeliveries(listed, style))
      else out(formatted(output, listed, deliveries, DELIVERY_FIELDS))
      if (output.format === 'table' && deliveries.length === 0)
        hint(terminal, 'No deliveries yet. Add one: satm deliveries add PROFILE --file FILE.')
      return EXIT.ok
    }
    case 'remove': {
      const { serviceApp, place } = await asked(reaching, { kind: 'delivery-remove', id: wanted.id })
      const whose = plain(serviceApp ?? 'Fleet delivery')
      out(`${whose}: nothing is delivered to ${printed(place)} any more; what was written stays\n`)
      return EXIT.ok
    }
    default:
      return save(wanted, reaching, asked, terminal)
  }
}

async function save(
  wanted: Saving,
  reaching: DeliveriesCommand['reaching'],
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const before = wanted.action === 'edit' ? await foundById(wanted.id, reaching, asked) : null
  const typed = typedFrom(wanted.choice, before?.target ?? null)
  const again = { ...patiently(reaching), start: before === null && reaching.start }
  const checked = await confirmedFile(typed, wanted, before, again, asked, terminal)
  if (typeof checked === 'number') return checked
  const { target, shown } = checked
  if (wanted.isDryRun) {
    terminal.out(whatItDoes(target, wanted.choice.store))
    return EXIT.ok
  }
  const of = wanted.action === 'add' ? { profile: wanted.profile } : { id: wanted.id }
  const { delivery } = await asked(again, { kind: 'delivery-save', of, target, shown })
  const { id, serviceApp, state, sentence } = delivery
  hint(
    terminal,
    `${serviceApp}: ${wanted.action === 'add' ? 'added' : 'changed'}, ${STATES[state][0].toLowerCase()}`,
  )
  terminal.out(`${id}\n`)
  if (state !== 'failing') return EXIT.ok
  complain(terminal, `${serviceApp}: ${sentence ?? 'not delivered.'}`)
  return EXIT.failed
}

async function foundById(
  id: string,
  reaching: DeliveriesCommand['reaching'],
  asked: Ask,
): Promise<ListedDelivery> {
  const { deliveries } = await asked(reaching, { kind: 'deliveries', profile: null })
  const found = deliveries.find((one) => one.id === id)
  if (found !== undefined) return found
  throw new CliError(EXIT.noProfile, `No delivery has the ID ${quoted(id)}. See satm deliveries list.`)
}

const ACCESS = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
const USUAL_LIMIT = 30 * SECOND

/** What was named, over what is there. Throws `CliError` with the rule that is broken. */
function typedFrom(choice: DeliveryChoice, before: TypedSpec | null): TypedSpec {
  const { file, variable, refreshVariable, command, tokenBy, readBack, timeLimit, store, fields } = choice
  const isFile = before === null ? file !== null : before.kind === 'env-file'
  const foreign = isFile ? [command, tokenBy, readBack, timeLimit] : [file, variable, refreshVariable]
  if (foreign.some((one) => one !== null))
    throw new CliError(EXIT.usage, 'This is another kind of delivery. Remove it and add a new one.')
  const spec = isFile
    ? {
        kind: 'env-file',
        path: '',
        accessTokenName: ACCESS,
        refreshTokenName: null,
        confirmed: [],
        ...before,
        ...given({ accessTokenName: variable, refreshTokenName: refreshVariable }),
        ...(file === null ? {} : { path: path.resolve(file), confirmed: [] }),
      }
    : {
        kind: 'hook',
        command: '',
        pass: store === null ? 'environment' : 'stdin',
        timeLimitSeconds: USUAL_LIMIT / SECOND,
        ...before,
        ...(store === null ? {} : ofStore(store, fields)),
        ...given({ command, readBack, pass: tokenBy }),
        ...(timeLimit === null ? {} : { timeLimitSeconds: timeLimit / SECOND }),
      }
  const reading = readTypedSpec(spec)
  if (reading.kind === 'flawed') throw new CliError(EXIT.usage, reading.flaw.sentence)
  // That it is one has just been read.
  return spec as TypedSpec
}

const given = (all: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))

type StoreId = NonNullable<DeliveryChoice['store']>

function ofStore(id: StoreId, fields: DeliveryChoice['fields']) {
  const isWindows = process.platform === 'win32'
  const store: SecretStore = SECRET_STORES[id]
  if (!storesOn(isWindows).includes(id))
    throw new CliError(
      EXIT.usage,
      `${store.name} needs a POSIX shell. On Windows use --command with a script.`,
    )
  const names = store.fields.map(({ name }) => name)
  const unknown = Object.keys(fields).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new CliError(EXIT.usage, `${store.name} has no field ${unknown}. Fields: ${names.join(', ')}.`)
  const values = Object.fromEntries(
    store.fields.map(({ name, initial = '' }) => [name, (fields[name] ?? initial).trim()]),
  )
  const flaws = Object.entries(storeFlaws(store, values, { isTemplate: false, isWindows }))
  const [flaw] = flaws
  if (flaw !== undefined) {
    const { label = '', example = '' } = store.fields.find(({ name }) => name === flaw[0]) ?? {}
    throw new CliError(EXIT.usage, `--set ${flaw[0]}=VALUE (${label}, such as ${example}): ${flaw[1]}`)
  }
  const { command, readBack } = store.commands(values, isWindows)
  return { store: id, command, ...(readBack === null ? {} : { readBack }) }
}

interface Checked {
  readonly target: TypedSpec
  /** null: it is no file. */
  readonly shown: string | null
}

/** A number: it ended here, with this code. Throws `CliError` where the file cannot be used, or nobody confirms. */
async function confirmedFile(
  target: TypedSpec,
  { isDryRun, isSure }: Saving,
  before: ListedDelivery | null,
  reaching: DeliveriesCommand['reaching'],
  asked: Ask,
  terminal: Terminal,
): Promise<Checked | number> {
  if (target.kind !== 'env-file') return { target, shown: null }
  const request = { kind: 'delivery-check', path: target.path, id: before?.id ?? null } as const
  const { remarks, shown, path: whole } = await asked(reaching, request)
  const obstacle = remarks.find(({ confirm }) => confirm === null)
  if (obstacle !== undefined) throw new CliError(EXIT.needsPerson, obstacle.sentence)
  const found = remarks.flatMap(({ confirm }) => confirm ?? [])
  const open = remarks.filter(({ confirm }) => confirm !== null && !target.confirmed.includes(confirm))
  for (const { sentence } of open) complain(terminal, sentence)
  const checked = { target: { ...target, path: whole, confirmed: found }, shown }
  if (open.length === 0 || isSure || isDryRun) return checked
  const agreed = await isAgreed(open.length, terminal, UNCONFIRMED)
  if (typeof agreed === 'number') return agreed
  if (agreed) return checked
  hint(terminal, 'Nothing was changed.')
  return EXIT.failed
}

const UNCONFIRMED = 'Nothing was changed. Without a terminal, --yes confirms these warnings.'

function whatItDoes(target: TypedSpec, store: StoreId | null): string {
  if (target.kind === 'env-file') return `writes ${variablesOf(target)} to ${printed(target.path)}\n`
  const { signIn, leastRight } = store === null ? { signIn: null, leastRight: null } : SECRET_STORES[store]
  const lines = [
    `runs ${target.command}`,
    ...(target.readBack === undefined ? [] : [`then runs ${target.readBack}`]),
    ...(signIn === null ? [] : [`sign-in: ${signIn}`, `least right: ${leastRight}`]),
  ]
  return lines.map((line) => `${printed(line)}\n`).join('')
}

const variablesOf = ({ accessTokenName, refreshTokenName }: TypedSpec & { readonly kind: 'env-file' }) =>
  refreshTokenName === null ? accessTokenName : `${accessTokenName} and ${refreshTokenName}`

const STATES: Readonly<Record<ListedDelivery['state'], readonly [string, Color]>> = {
  held: ['Held', 'yellow'],
  waiting: ['Waiting', 'dim'],
  delivered: ['Delivered', 'green'],
  unverified: ['Written, not verified', 'yellow'],
  outdated: ['Outdated', 'yellow'],
  failing: ['Failing', 'red'],
}

/** A block for each on a terminal: a path or command that was cut short would say too little. */
function showDeliveries({ now, deliveries }: SatmReplies['deliveries'], style: Style): string {
  if (style.terminal) return deliveries.map((one) => block(one, now, style)).join('')
  const rows = deliveries.map((one) => [
    { text: one.id },
    { text: one.serviceApp },
    { text: one.kind },
    { text: one.place },
    { text: one.state },
    { text: one.deliveredAt === null ? 'never' : iso(one.deliveredAt) },
    { text: one.fingerprint ?? '–' },
    { text: one.sentence ?? '' },
  ])
  return table([], rows, style)
}

function block(one: ListedDelivery, now: number, style: Style): string {
  const [words, color] = STATES[one.state]
  const when =
    one.deliveredAt === null ? 'never' : `${inWords(now - one.deliveredAt)} ago, ${one.fingerprint}`
  const delivered = one.state === 'delivered' ? when : `delivered: ${when}`
  const ofFleet =
    one.fleetDelivery === one.id ? ', a fleet delivery' : `, of the fleet delivery ${one.fleetDelivery}`
  const fleet = one.fleetDelivery === null ? '' : ofFleet
  return [
    `${one.id}  ${plain(one.serviceApp)}\n`,
    `    ${whatItDoes(one.target, null).trimEnd().replaceAll('\n', '\n    ')}${fleet}\n`,
    `    ${colored(words, color, style)} (${delivered})\n`,
    ...(one.sentence === null ? [] : [`    ${plain(one.sentence)}\n`]),
  ].join('')
}
