// The command `satm data-sources`: its arguments, and what it prints.
import { inWords } from '#base/common/duration.ts'
import type { DataSourceReply } from '../protocol.ts'
import { type Cell, json, plain, type Style, table } from './print.ts'

export const DATA_SOURCE_ACTIONS = ['list', 'renew'] as const
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

/** ISO 8601 for programs; null: not known. */
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

export function showDataSources(reply: DataSourceReply, asJson: boolean, style: Style): string {
  if (reply.kind === 'renewed') {
    const outcomes = reply.outcomes.map((one) => ({ ...one, expiresAt: iso(one.expiresAt) }))
    if (asJson) return json({ outcomes })
    return reply.outcomes
      .filter(({ result }) => result !== 'failed')
      .map(({ id, result, sentence, expiresAt }) => {
        const left = expiresAt === null ? '' : `, valid for ${inWords(expiresAt - reply.now)}`
        return `${plain(id)}: ${result}${left}${sentence === null ? '' : `. ${plain(sentence)}`}\n`
      })
      .join('')
  }
  if (asJson) {
    const sources = reply.sources.map((one) => ({
      ...one,
      issuedAt: iso(one.issuedAt),
      expiresAt: iso(one.expiresAt),
      nextRenewal: iso(one.nextRenewal),
      lapse: one.lapse === null ? null : { from: iso(one.lapse.from), until: iso(one.lapse.until) },
    }))
    return json({ sources })
  }
  const inTime = (at: number | null) => {
    if (at === null) return '–'
    return at > reply.now ? `in ${inWords(at - reply.now)}` : `${inWords(reply.now - at)} ago`
  }
  const rows = reply.sources.map(({ id, url, state, expiresAt, nextRenewal, sentence }): readonly Cell[] => [
    { text: id },
    { text: url ?? '–' },
    { text: style.terminal ? state.replaceAll('-', ' ') : state },
    { text: style.terminal ? inTime(expiresAt) : (iso(expiresAt) ?? '–') },
    { text: style.terminal ? inTime(nextRenewal) : (iso(nextRenewal) ?? '–') },
    { text: sentence ?? '' },
  ])
  return table(['ID', 'URL', 'STATE', 'ENDS', 'NEXT RENEWAL', 'WHY'], rows, style)
}
