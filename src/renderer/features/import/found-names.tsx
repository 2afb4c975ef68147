// What of a file is used and what is not, by name: nothing is left out silently.
import type { FoundNames, ImportedManager, NameList } from '#contract/contract.ts'
import layout from '#renderer/components/layout.module.css'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './found-names.module.css'

interface FoundProps {
  readonly found: FoundNames
  /** Of the file. null: none, or an incomplete one. */
  readonly tokenManager: ImportedManager | null
}

export function Found({ found, tokenManager }: FoundProps) {
  const { serviceApp, tokenManager: ofManager, ignored, skippedLines } = found
  const rows = [
    ['Service app', wordsOf(serviceApp)],
    ['Token manager', managerWords(ofManager, tokenManager)],
    ['Ignored', wordsOf(ignored)],
    [
      'Skipped',
      skippedLines === 0 ? '' : `${plural(skippedLines, 'line')} above the columns or starting with #`,
    ],
  ].filter(([, words]) => words !== '')
  if (rows.length === 0) return null
  return (
    <dl className={`${layout.sunken} ${styles.found}`} aria-label="Found in the file">
      {rows.map(([label, words]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="selectable">{words}</dd>
        </div>
      ))}
    </dl>
  )
}

function managerWords(names: NameList, manager: ImportedManager | null): string {
  const words = wordsOf(names)
  const kind = manager?.kind === 'integration' ? 'Integration' : 'Personal access token'
  if (manager === null) {
    return words === ''
      ? ''
      : `${words}. Not imported: an integration needs its client ID, client secret and refresh token.`
  }
  const from = words === '' ? '' : ` (${words})`
  return manager.connects
    ? `${kind}${from}. Connected with the import.`
    : `${kind}${from}. Not imported: a token manager is already connected.`
}

export function wordsOf({ names, more }: NameList): string {
  const others = `${more.toLocaleString('en-US')} ${names.length === 0 ? plural(more, 'name').split(' ')[1] : 'more'}`
  return more === 0 ? names.join(', ') : [names.join(', '), others].filter(Boolean).join(' and ')
}
