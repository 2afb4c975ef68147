// `satm confirm`: lists what is held, whole, and confirms what a person has read.
import type { HeldAction } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { CliError, EXIT, interruptedBy } from './exit-codes.ts'
import { formatted } from './formats.ts'
import { HELD_FIELDS } from './json-fields.ts'
import { patiently } from './option-values.ts'
import { printed } from './print.ts'
import { type Ask, complain, hint, type Terminal } from './terminal.ts'

type ConfirmCommand = Extract<Command, { kind: 'confirm' }>

/** In one request: each of them may run a command. */
const AT_ONCE = 20

const UNASKED = 'Nothing was confirmed. Without a terminal --all needs --yes.'

const WORDS: Readonly<Record<HeldAction['kind'], string>> = {
  renewals: 'renewals',
  delivery: 'delivery',
  consumer: 'consumer',
  webhook: 'webhook',
  'fleet-delivery': 'fleet delivery',
}

/** `isAgain`: the renewals were confirmed just now. */
export async function confirmHeld(
  command: ConfirmCommand,
  asked: Ask,
  terminal: Terminal,
  isAgain = false,
): Promise<number> {
  const { reaching, confirmed, isSure, output } = command
  const { held, now } = await asked(reaching, { kind: 'held' })
  if (confirmed === null || confirmed === 'all') {
    if (output.format === 'table') terminal.out(showHeld(held, terminal))
    else terminal.out(formatted(output, { now, held }, held, HELD_FIELDS))
    if (held.length === 0) hint(terminal, isAgain ? 'Nothing else is held.' : 'Nothing is held.')
    if (confirmed === null || held.length === 0) return EXIT.ok
    const agreed = isSure || (await isAgreed(held.length, terminal, UNASKED))
    if (typeof agreed === 'number') return agreed
    if (!agreed) {
      hint(terminal, 'Nothing was confirmed.')
      return EXIT.failed
    }
  }
  // What was printed, and nothing that came since.
  const ids = confirmed === 'all' ? held.map(({ id }) => id) : (confirmed ?? [])
  const names = new Map(held.map((one) => [one.id, titleOf(one)]))
  const again = { ...patiently(reaching), start: false }
  let isAll = true
  let areRenewed = false
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE)
    const { results } = await asked(again, { kind: 'confirm', ids: some })
    for (const { id, isConfirmed, sentence, secret } of results) {
      const name = names.get(id) ?? id
      if (!isConfirmed) complain(terminal, `${name}: ${sentence ?? 'still held'}`)
      else if (secret === undefined) terminal.out(`${printed(name)}: ${printed(sentence ?? 'confirmed')}\n`)
      else {
        hint(terminal, `${name}: ${sentence ?? 'confirmed'}`)
        terminal.out(`${secret}\n`)
      }
      isAll &&= isConfirmed
      areRenewed ||= isConfirmed && id === 'renewals'
    }
  }
  // Before nothing ran, and nothing else could be listed.
  if (areRenewed && confirmed === 'all')
    return confirmHeld({ ...command, reaching: again }, asked, terminal, true)
  if (areRenewed) hint(terminal, 'What else is held: satm confirm --list')
  return isAll ? EXIT.ok : EXIT.failed
}

/** A block for each, on a terminal and in a pipe: nothing is shortened. */
function showHeld(held: readonly HeldAction[], { style }: Terminal): string {
  if (!style.terminal) {
    return held
      .map(({ id, kind, name, actions }) => `${[id, kind, name, ...actions].map(printed).join('\t')}\n`)
      .join('')
  }
  return held
    .map((one) => {
      const lines = one.actions.map((action) => `    ${printed(action)}\n`)
      return `${one.id}  ${printed(titleOf(one))}\n${lines.join('')}`
    })
    .join('')
}

const titleOf = ({ kind, name }: HeldAction) =>
  kind === 'renewals' || kind === 'webhook'
    ? WORDS[kind]
    : `${WORDS[kind]} ${kind === 'consumer' ? '' : 'of '}${name}`

/** A number: it was interrupted, and ends with this code. Throws `CliError` with `unasked` where nobody can be asked. */
export async function isAgreed(
  count: number,
  terminal: Terminal,
  unasked: string,
): Promise<boolean | number> {
  const input = await terminal.input()
  try {
    if (!input.isTerminal || !terminal.style.terminal) throw new CliError(EXIT.usage, unasked)
    terminal.complain(`Confirm ${count === 1 ? 'it' : `all ${count}`}? [y/N] `)
    const answered = await Promise.race([input.read(), input.interrupted.then(interruptedBy)])
    if (typeof answered === 'number') terminal.complain('\n')
    return typeof answered === 'number' ? answered : /^\s*y(es)?\s*$/i.test(answered ?? '')
  } finally {
    input.close()
  }
}
