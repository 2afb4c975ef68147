// `satm consumers`: the programs that may request tokens over HTTP.
import { inWords } from '#base/common/duration.ts'
import type { EndpointState, SatmReplies } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { EXIT } from './exit-codes.ts'
import { formatted, iso } from './formats.ts'
import { CONSUMER_FIELDS } from './json-fields.ts'
import { plain, type Style } from './print.ts'
import { table } from './table.ts'
import { type Ask, hint, type Terminal } from './terminal.ts'

export async function runConsumers(
  { reaching, consumers: wanted, output }: Extract<Command, { kind: 'consumers' }>,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const { out, style } = terminal
  switch (wanted.action) {
    case 'list': {
      const listed = await asked(reaching, { kind: 'consumers' })
      const { consumers, endpoint } = listed
      if (output.format === 'table') out(showConsumers(listed, style))
      else out(formatted(output, listed, consumers, CONSUMER_FIELDS))
      if (output.format === 'table' && consumers.length === 0)
        hint(terminal, 'No consumers yet. Add one for each program: satm consumers add NAME.')
      tellEndpoint(endpoint, terminal)
      return EXIT.ok
    }
    case 'add': {
      const { name, profiles } = wanted
      const request = {
        kind: 'consumer-add',
        name,
        profiles: profiles === null ? null : [...profiles],
      } as const
      const { secret, endpoint } = await asked(reaching, request)
      hint(
        terminal,
        `${name}: added. Its secret is printed this once: keep it where only the program can read it.`,
      )
      out(`${secret}\n`)
      tellEndpoint(endpoint, terminal)
      return EXIT.ok
    }
    case 'remove': {
      const { name } = await asked(reaching, { kind: 'consumer-remove', name: wanted.name })
      out(`${plain(name)}: removed, its secret is rejected from now on\n`)
      return EXIT.ok
    }
  }
}

/** Only where no program gets a token. */
function tellEndpoint({ on, problem }: EndpointState, terminal: Terminal): void {
  if (!on)
    hint(
      terminal,
      'The endpoint is switched off. Switch it on under Settings → Delivery in the app’s window.',
    )
  else if (problem !== null) hint(terminal, `The endpoint does not listen: ${problem}`)
}

function showConsumers({ now, consumers }: SatmReplies['consumers'], style: Style): string {
  const rows = consumers.map(({ name, serviceApps, isHeld, lastUsedAt, id }) => [
    { text: name },
    { text: serviceApps === null ? 'all' : serviceApps.join(', ') || 'none' },
    isHeld ? ({ text: 'held', color: 'yellow' } as const) : { text: 'active' },
    {
      text:
        lastUsedAt === null ? 'never' : style.terminal ? `${inWords(now - lastUsedAt)} ago` : iso(lastUsedAt),
    },
    { text: id },
  ])
  return table(['NAME', 'SERVICE APPS', 'STATE', 'LAST USED', 'ID'], rows, style)
}
