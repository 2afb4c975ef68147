// What `satm data-sources` prints.
import { inWords } from '#base/common/duration.ts'
import type { DataSourceReply } from '../protocol.ts'
import { iso } from './formats.ts'
import { plain, type Style } from './print.ts'
import { type Cell, table } from './table.ts'

/** At a terminal or as lines of tabs; other formats are the caller's. */
export function showDataSources(reply: DataSourceReply, style: Style): string {
  if (reply.kind === 'renewed') {
    return reply.outcomes
      .filter(({ result }) => result !== 'failed')
      .map(({ id, result, sentence, expiresAt }) => {
        const left = expiresAt === null ? '' : `, valid for ${inWords(expiresAt - reply.now)}`
        return `${plain(id)}: ${result}${left}${sentence === null ? '' : `. ${plain(sentence)}`}\n`
      })
      .join('')
  }
  const time = (at: number | null) => {
    if (at === null) return '–'
    if (!style.terminal) return iso(at)
    return at > reply.now ? `in ${inWords(at - reply.now)}` : `${inWords(reply.now - at)} ago`
  }
  const rows = reply.sources.map(
    ({ id, url, state, expiresAt, nextRenewalAt, sentence }): readonly Cell[] => [
      { text: id },
      { text: url ?? '–' },
      { text: style.terminal ? state.replaceAll('-', ' ') : state },
      { text: time(expiresAt) },
      { text: time(nextRenewalAt) },
      { text: sentence ?? '' },
    ],
  )
  return table(['ID', 'URL', 'STATE', 'ENDS', 'NEXT RENEWAL', 'WHY'], rows, style)
}
