// What of a backup would write tokens, run commands, get tokens or receive alerts, before anything is restored.
import { useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { ActingView } from '#contract/contract.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon, type IconName } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { placeOf as targetPlaceOf, wordsOf } from '#renderer/features/delivery/target-words.ts'
import { Chip } from '#renderer/features/shared/chip.tsx'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './acting-list.module.css'

const SHOWN_AT_ONCE = 100

/** What scrolls must be reachable by keyboard. */
const scrollable = { tabIndex: 0 }

const kinds: Readonly<Record<Exclude<ActingView['kind'], 'target'>, readonly [IconName, string]>> = {
  consumer: ['key', 'Consumer'],
  webhook: ['deliver', 'Webhook'],
}

export function ActingList({ acting }: { readonly acting: readonly ActingView[] }) {
  const [shown, setShown] = useState(SHOWN_AT_ONCE)
  const held = acting.filter((one) => one.held).length
  return (
    <div className={styles.acting}>
      <p>
        <strong>{summaryOf(acting)}.</strong> {heldWords(held, acting.length)}
      </p>
      <section className={styles.list} aria-label="Deliveries, consumers and webhook" {...scrollable}>
        <ul>
          {acting.slice(0, shown).map((one) => (
            <Item key={`${one.kind} ${one.id}`} acting={one} />
          ))}
        </ul>
        {shown < acting.length && (
          <Button size={28} onPress={() => setShown(shown + SHOWN_AT_ONCE)}>
            {`Show more (${(acting.length - shown).toLocaleString('en-US')})`}
          </Button>
        )}
      </section>
    </div>
  )
}

function Item({ acting }: { readonly acting: ActingView }) {
  const [icon, words] = iconAndWords(acting)
  const variables = acting.kind === 'target' ? wordsOf(acting.spec).variables(acting.spec) : []
  const after = acting.kind === 'target' ? wordsOf(acting.spec).after(acting.spec) : null
  return (
    <li>
      <Icon name={icon} size={1.25} />
      <div className={layout.rowWords}>
        <span>
          <strong>{words}</strong>
          {'name' in acting && ` ${acting.kind === 'consumer' ? '' : 'of '}${isolated(visible(acting.name))}`}
        </span>
        <span className={acting.kind === 'consumer' ? 'small' : 'mono small whole selectable'}>
          {placeOf(acting)}
        </span>
        {after !== null && <span className="mono small whole selectable">{visible(after)}</span>}
        {variables.length > 0 && <span className="quiet small">{`Sets ${variables.join(', ')}`}</span>}
      </div>
      <Chip tone={acting.held ? 'caution' : 'idle'}>{acting.held ? 'Held' : 'As here'}</Chip>
    </li>
  )
}

function iconAndWords(acting: ActingView): readonly [IconName, string] {
  if (acting.kind !== 'target') return kinds[acting.kind]
  const { icon, name } = wordsOf(acting.spec)
  return [icon, name(acting.spec)]
}

function placeOf(acting: ActingView): string {
  switch (acting.kind) {
    case 'target':
      return visible(targetPlaceOf(acting))
    case 'webhook':
      return visible(acting.url)
    case 'consumer':
      return reachOf(acting.reach)
  }
}

function reachOf(reach: Extract<ActingView, { kind: 'consumer' }>['reach']): string {
  if (reach === null) return 'Tokens of all service apps, including future ones'
  const { names, more } = reach
  if (names.length + more === 0) return 'Tokens of no service apps'
  const rest = more === 0 ? [] : [`${more.toLocaleString('en-US')} more`]
  return `Tokens of ${[...names.map((name) => isolated(visible(name))), ...rest].join(', ')}`
}

function summaryOf(acting: readonly ActingView[]): string {
  const count = (wanted: ActingView['kind']) => acting.filter(({ kind }) => kind === wanted).length
  const [deliveries, consumers] = [count('target'), count('consumer')]
  return [
    deliveries > 0 ? plural(deliveries, 'delivery', 'deliveries') : '',
    consumers > 0 ? plural(consumers, 'consumer') : '',
    count('webhook') > 0 ? 'a webhook' : '',
  ]
    .filter((words) => words !== '')
    .join(', ')
    .replace(/^a/, 'A')
}

function heldWords(held: number, all: number): string {
  if (held === 0) return 'All are already in use here, unchanged.'
  const which = held === all ? (held === 1 ? 'It is' : 'All are') : `${held} of them are`
  return `${which} held: until you confirm each, it writes and gives out no token, runs no command and sends no alert.`
}
