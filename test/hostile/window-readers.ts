// What the window does with text from outside: names of a backup, pasted values, a search, paths, its own address.

import { commonName } from '#base/common/common-name.ts'
import { readViewState } from '#contract/view-state.ts'
import { routeOf } from '#renderer/app/route.ts'
import { remarksOn } from '#renderer/features/add-service-app/field-remarks.ts'
import { nameForOrg } from '#renderer/features/add-service-app/suggested-name.ts'
import type { CommandParts } from '#renderer/features/command-palette/command.ts'
import { commandsFor } from '#renderer/features/command-palette/commands.ts'
import { integrationRemarks } from '#renderer/features/connect/integration-remarks.ts'
import { shortPlaceOf } from '#renderer/features/delivery/target-words.ts'
import { entryReader, sortKey } from '#renderer/features/service-apps/entries.ts'
import { type ListChoice, rowsOf } from '#renderer/features/service-apps/rows.ts'
import { aliasLine } from '#renderer/features/settings/alias-line.ts'
import { dayStart } from '#renderer/features/shared/axis.ts'
import { adminEmail } from '#renderer/features/shared/explain.ts'
import { hasSeveralValues, trimCopied } from '#renderer/features/shared/pasted-text.ts'
import { byName, visible } from '#renderer/features/shared/words.ts'
import { envTarget } from '../renderer/delivery-scenes.ts'
import { fleetOf, profile, view } from '../renderer/fake-view.ts'

export type Reader = (text: string) => unknown

export const TYPED = {
  name: 'Orders',
  appId: 'app',
  clientId: 'client',
  clientSecret: 'secret',
  targetOrgId: 'org',
  orgName: '',
  accessToken: '',
  refreshToken: '',
}

const ALL: ListChoice = {
  ...readViewState(null).list,
  sort: 'expiry',
  folded: new Set(),
  among: null,
  undelivered: new Set(),
  now: 0,
}
const FLEET = fleetOf(4, 2)
/** Its commands are listed, and none is run. */
const PARTS = new Proxy({}, { get: () => () => undefined }) as CommandParts

export const WINDOW_READERS: Readonly<Record<string, Reader>> = {
  'remarks on a form': (text) =>
    remarksOn(
      { ...TYPED, appId: text, clientId: text, clientSecret: text, targetOrgId: text, accessToken: text },
      { integrationClientIds: [], profiles: [] },
    ),
  'remarks on an integration': (text) => integrationRemarks({ clientId: text, clientSecret: text }, []),
  'a pasted form value': (text) => [hasSeveralValues(text), trimCopied(text, false), trimCopied(text, true)],
  'a search in the window': (text) => rowsOf(FLEET, { ...ALL, search: text }),
  'a command in the palette': (text) =>
    commandsFor(`copy ${text}`, view({ fleet: { profiles: FLEET } }), null, entryReader(), PARTS),
  'names of one app': (text) => [
    commonName([`${text}1`, `${text}2`]),
    commonName([`${text}1`, `${text}1`, text.slice(0, text.length / 2), 'x']),
  ],
  'names in order': (text) => {
    const profiles = ['1', '2'].map((id) => profile({ id, appId: id, name: text + id, orgName: text }))
    return [profiles.toSorted(byName), sortKey(text), rowsOf(profiles, { ...ALL, sort: 'name' })]
  },
  'a name for another org': (text) => [
    nameForOrg({ name: `${text}x Acme${text}`, orgName: 'Acme' }, ''),
    nameForOrg({ name: `Acme ${text}`, orgName: text }, 'Globex'),
  ],
  'an e-mail to an admin': (text) => adminEmail(profile({ id: 'p', name: text, targetOrgId: text }), 0),
  'text of a backup': visible,
  'the last part of a path': (text) =>
    shortPlaceOf({
      ...envTarget,
      spec: { kind: 'env-file', path: text, accessTokenName: 'A', refreshTokenName: null, confirmed: [] },
    }),
  "the window's address": (text) => routeOf(`#/service-apps/${text}`),
  'a date': dayStart,
  'an alias for satm': (text) => ['linux', 'win32'].map((platform) => aliasLine(text, platform)),
}
