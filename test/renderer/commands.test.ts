import { describe, expect, test } from 'vitest'
import type { CommandParts } from '#renderer/features/command-palette/command.ts'
import { commandsFor } from '#renderer/features/command-palette/commands.ts'
import { entryReader } from '#renderer/features/service-apps/entries.ts'
import { fleetOf, integration, profile, view } from './fake-view.ts'

/** Commands are listed, and none is run. */
const PARTS = new Proxy({}, { get: () => () => undefined }) as CommandParts
const three = fleetOf(3, 1)

const wordsFor = (text: string, profiles = three, here = 0) =>
  commandsFor(
    text,
    view({ fleet: { managers: [integration()], profiles } }),
    profiles[here - 1] ?? null,
    entryReader(),
    PARTS,
  ).map(({ words }) => words)

describe('the first command for', () => {
  test.each([
    ['history', 'Go to history'],
    ['Problems', 'Go to problems'],
    ['over', 'Go to overview'],
    ['service apps', 'Go to service apps'],
    ['security', 'Settings: Security'],
    ['passphrase', 'Set a passphrase'],
    ['proxy', 'Settings: Webex cloud and proxy'],
    ['clipboard', 'Settings: Security'],
    ['data', 'Settings: Data'],
    ['about', 'Settings: About'],
    ['add customer', 'Add customer to Orders'],
    ['add customer rout', 'Add customer to Contact routing'],
    ['deliver tokens', 'Deliver tokens of Orders'],
    ['deliver tokens rout', 'Deliver tokens of Contact routing'],
    ['what if', 'Rehearse'],
    ['help', 'Keyboard shortcuts'],
    ['test', 'Test token Orders'],
    ['test all', 'Test all tiers Orders'],
    ['test token call', 'Test token Call quality'],
    ['edit call', 'Edit Call quality'],
    ['call', 'Open Call quality'],
  ])('"%s" is "%s"', (typed, words) => expect(wordsFor(typed)[0]).toBe(words))
})

test('what can be done with the service app that is open comes first, and is meant where none is named', () => {
  expect(wordsFor('', three, 3).slice(0, 3)).toEqual([
    'Open Call quality',
    'Refresh Call quality',
    'Copy token Call quality',
  ])
  expect(wordsFor('test', three, 3).slice(0, 2)).toEqual([
    'Test token Call quality',
    'Test all tiers Call quality',
  ])
  expect(wordsFor('test orders', three, 3)[0]).toBe('Test token Orders')
})

test('a service app whose name begins with a verb is found by its name', () => {
  const profiles = [profile({ id: 'p1', name: 'Test bridge' }), profile({ id: 'p2', name: 'Orders' })]
  expect(wordsFor('test bridge', profiles)).toContain('Open Test bridge')
})

test('what is done with a service app is offered once for each', () => {
  const profiles = ['a', 'a', 'b'].map((appId, i) => profile({ id: `p${i}`, appId, name: `App ${appId}` }))
  expect(wordsFor('add customer', profiles).filter((words) => words.startsWith('Add customer'))).toEqual([
    'Add customer to App a',
    'Add customer to App b',
  ])
  expect(wordsFor('deliver tokens', profiles).filter((words) => words.startsWith('Deliver tokens'))).toEqual([
    'Deliver tokens of App a',
    'Deliver tokens of App b',
  ])
  expect(wordsFor('', profiles, 3)).toEqual(
    expect.arrayContaining(['Add customer to App b', 'Deliver tokens of App b']),
  )
})
