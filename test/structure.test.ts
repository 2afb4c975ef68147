// The architecture's rules, checked over the sources as they are, and each proved to bite.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  circles,
  filesBelow,
  loadedWith,
  readAliases,
  readSource,
  readSources,
} from '../scripts/structure/import-graph.mjs'
import { duplicateNames, upwardImports, violations } from '../scripts/structure/rules.mjs'

const root = path.resolve(import.meta.dirname, '..')
const aliases = readAliases(root)
const source = (file: string, text: string) => readSource(file, text, aliases)

describe('the sources', () => {
  const sources = readSources(root)

  test('are found, and every import of a file leads to one of them', () => {
    const files = new Set(sources.map(({ file }) => file))
    expect(files).toContain('src/preload/contract/contract.ts')
    const nowhere = sources.flatMap(({ file, imports }) =>
      imports.flatMap(({ target, specifier }) =>
        target === undefined || files.has(target) || /\.(css|svg|woff2|json)$/.test(target)
          ? []
          : [`${file}: ${specifier}`],
      ),
    )
    expect(nowhere).toEqual([])
  })

  test('keep every rule', () => {
    expect(sources.flatMap(violations)).toEqual([])
  })

  test('of the engine import downwards only', () => {
    expect(sources.flatMap(upwardImports)).toEqual([])
  })

  test('import in no circle', () => {
    expect(circles(sources)).toEqual([])
  })

  test('keep the settings free of imports, and the window free of zod', () => {
    const byFile = new Map(sources.map((one) => [one.file, one]))
    expect(byFile.get('src/main/engine/domain/settings.ts')?.imports).toEqual([])
    const loaded = new Set(['src/renderer/app/main.tsx'])
    for (const file of loaded) {
      for (const { target, typeOnly, specifier } of byFile.get(file)?.imports ?? []) {
        if (!typeOnly) loaded.add(target ?? specifier)
      }
    }
    expect(loaded).toContain('src/preload/contract/settings.ts')
    expect(loaded).not.toContain('zod')
  })

  test('have no file name twice in one top-level folder of main', () => {
    expect(duplicateNames(sources)).toEqual([])
  })
})

test('the start loads these files before the page, and no other', () => {
  const loaded = loadedWith(readSources(root), 'src/main/index.ts')
  expect(loaded.map((file) => file.replace(/^src\/(main\/)?/, ''))).toEqual([
    'base/common/encoded-text.ts',
    'base/node/app-image.ts',
    'base/node/folder-access.ts',
    'base/node/loopback.ts',
    'base/node/whole-file.ts',
    'bootstrap/launch-options.ts',
    'bootstrap/single-instance.ts',
    'desktop/log/log.ts',
    'desktop/log/redact.ts',
    'desktop/preferences/preference-values.ts',
    'desktop/system/login-item.ts',
    'desktop/system/quit.ts',
    'desktop/system/session-bus.ts',
    'desktop/system/system-clock.ts',
    'desktop/window/app-files.ts',
    'desktop/window/app-protocol.ts',
    'desktop/window/appearance.ts',
    'desktop/window/page.ts',
    'desktop/window/session-rules.ts',
    'engine/domain/ports.ts',
    'engine/domain/secret.ts',
    'engine/domain/settings.ts',
    'index.ts',
    'ipc/electron-binding.ts',
    'satm/app-location.ts',
    'vault/db/connection.ts',
    'vault/db/data-files.ts',
    'vault/db/folder-lock.ts',
    'vault/db/sqlite-errors.ts',
    'preload/channels.ts',
    'preload/contract/view-state.ts',
  ])
})

test('the thread that reads files loads neither Electron nor the database', () => {
  const sources = readSources(root)
  const loaded = new Set(loadedWith(sources, 'src/main/bootstrap/reader-thread.ts'))
  expect(loaded).toContain('src/main/vault/backup/backup-records.ts')
  const packages = sources
    .filter(({ file }) => loaded.has(file))
    .flatMap(({ imports }) => imports.filter(({ target, typeOnly }) => target === undefined && !typeOnly))
    .map(({ specifier }) => specifier)
  expect(new Set(packages.filter((specifier) => !specifier.startsWith('node:')))).toEqual(
    new Set(['jsonc-parser', 'zod']),
  )
})

test('the thread that plays the days ahead loads neither Electron nor the database nor HTTP', () => {
  const loaded = loadedWith(readSources(root), 'src/main/bootstrap/forecast-thread.ts')
  expect(loaded).toContain('src/main/engine/renewal-engine.ts')
  const folders = new Set(loaded.map((file) => file.split('/')[2]))
  expect(folders).toEqual(new Set(['base', 'bootstrap', 'engine', 'forecast', 'simulator']))
  expect(loaded).not.toContain('src/main/simulator/server.ts')
})

test('the server loads what opens the vault first, and what runs over it while the key is derived', () => {
  const loaded = loadedWith(readSources(root), 'src/main/bootstrap/serve.ts')
  expect(loaded).toContain('src/main/vault/opening.ts')
  for (const later of [
    'bootstrap/services.ts',
    'daemon/network.ts',
    'daemon/metrics.ts',
    'engine/renewal-engine.ts',
  ])
    expect(loaded).not.toContain(`src/main/${later}`)
})

test('no file names the host of a package registry', () => {
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
  const folders = ['.ci', 'docs', 'resources', 'scripts', 'src', 'test']
  const files = [...top, ...folders.flatMap((folder) => filesBelow(root, folder))]
  const naming = files.filter((file) =>
    /registry\.(npmjs|yarnpkg|npmmirror)\./.test(readFileSync(path.join(root, file), 'utf8')),
  )
  expect(naming).toEqual([])
})

describe('a rule bites:', () => {
  test.each([
    [
      'the engine imports an adapter',
      'src/main/engine/renewal-engine.ts',
      "import { x } from '#webex/client.ts'",
    ],
    [
      'the engine imports an adapter by a path',
      'src/main/engine/renewal-engine.ts',
      "import { x } from '../webex/client.ts'",
    ],
    ['the engine imports Node', 'src/main/engine/renewal-engine.ts', "import path from 'node:path'"],
    ['the engine imports a package', 'src/main/engine/renewal-engine.ts', "import { z } from 'zod'"],
    [
      'the engine imports what needs Node',
      'src/main/engine/renewal-engine.ts',
      "import { x } from '#base/node/fingerprint.ts'",
    ],
    [
      'the engine imports the contract',
      'src/main/engine/domain/view-model.ts',
      "import type { C } from '#contract/contract.ts'",
    ],
    [
      'base imports the engine',
      'src/main/base/common/csv.ts',
      "import type { M } from '#engine/domain/model.ts'",
    ],
    ['base/common imports Node', 'src/main/base/common/csv.ts', "import path from 'node:path'"],
    [
      'base/node imports an adapter',
      'src/main/base/node/fingerprint.ts',
      "import { db } from '#vault/db/database.ts'",
    ],
    ['an adapter imports another', 'src/main/webex/client.ts', "import { db } from '#vault/db/database.ts'"],
    [
      'an adapter imports another by a path',
      'src/main/webex/client.ts',
      "import { db } from '../vault/db/database.ts'",
    ],
    [
      'an adapter imports a type of another',
      'src/main/webex/client.ts',
      "import type { D } from '#vault/db/database.ts'",
    ],
    ['an adapter exports another', 'src/main/webex/client.ts', "export * from '#vault/db/database.ts'"],
    [
      'an adapter loads another later',
      'src/main/webex/client.ts',
      "const v = await import('#vault/db/database.ts')",
    ],
    [
      'an adapter names a type in place',
      'src/main/webex/client.ts',
      "type D = import('#vault/db/database.ts').D",
    ],
    [
      'an adapter requires another',
      'src/main/webex/client.ts',
      "const v = require('../vault/db/database.ts')",
    ],
    [
      'an adapter imports a use case',
      'src/main/webex/client.ts',
      "import { x } from '#application/settings.ts'",
    ],
    [
      'an adapter imports the inside of the engine',
      'src/main/webex/client.ts',
      "import type { H } from '#engine/view/health.ts'",
    ],
    [
      'an adapter imports the container',
      'src/main/webex/client.ts',
      "import { x } from '#bootstrap/container.ts'",
    ],
    [
      'an adapter imports code of the contract',
      'src/main/vault/open-vault.ts',
      "import { C } from '#contract/contract.ts'",
    ],
    [
      'a use case imports ipc',
      'src/main/application/settings.ts',
      "import type { H } from '#ipc/handlers.ts'",
    ],
    [
      'a use case imports the container',
      'src/main/application/settings.ts',
      "import type { C } from '#bootstrap/container.ts'",
    ],
    [
      'a use case calls the simulator',
      'src/main/application/settings.ts',
      "import { s } from '#simulator/index.ts'",
    ],
    ['ipc imports an adapter', 'src/main/ipc/handlers.ts', "import type { V } from '#vault/open-vault.ts'"],
    [
      'ipc imports the inside of the engine',
      'src/main/ipc/handlers.ts',
      "import type { H } from '#engine/view/health.ts'",
    ],
    [
      'the simulator program imports the vault',
      'src/main/simulator/cli/cli.ts',
      "import { db } from '#vault/db/database.ts'",
    ],
    ['an unknown folder of main is used', 'src/main/webex/client.ts', "import { x } from '../misc/x.ts'"],
    ['an alias leads nowhere', 'src/main/webex/client.ts', "import { x } from '#misc/x.ts'"],
    ['main imports a test', 'src/main/webex/client.ts', "import { x } from '../../../test/support/x.ts'"],
    ['main imports the renderer', 'src/main/index.ts', "import { App } from '../renderer/app/app.tsx'"],
    [
      'the renderer imports main',
      'src/renderer/app/app.tsx',
      "import type { P } from '#engine/domain/model.ts'",
    ],
    [
      'the renderer imports what needs Node',
      'src/renderer/app/app.tsx',
      "import { x } from '#base/node/fingerprint.ts'",
    ],
    ['the renderer imports Node', 'src/renderer/app/app.tsx', "import path from 'node:path'"],
    [
      'the renderer imports the preload script',
      'src/renderer/app/bridge.ts',
      "import '../../preload/index.ts'",
    ],
    [
      'a component imports a feature',
      'src/renderer/components/button.tsx',
      "import { plural } from '#renderer/features/shared/words.ts'",
    ],
    [
      'a component imports the context of the window',
      'src/renderer/components/button.tsx',
      "import { useView } from '#renderer/app/context.tsx'",
    ],
    [
      'a component imports the contract',
      'src/renderer/components/button.tsx',
      "import type { Reply } from '#contract/contract.ts'",
    ],
    [
      'a feature imports another',
      'src/renderer/features/history/days.ts',
      "import { rowsOf } from '#renderer/features/service-apps/rows.ts'",
    ],
    [
      'a feature imports the styles of another',
      'src/renderer/features/history/days.ts',
      "import styles from '../service-apps/empty-list.module.css'",
    ],
    [
      'what features share imports a feature',
      'src/renderer/features/shared/words.ts',
      "import { rowsOf } from '#renderer/features/service-apps/rows.ts'",
    ],
    [
      'a feature imports the registry of the dialogs',
      'src/renderer/features/history/days.ts',
      "import { OpenDialog } from '#renderer/app/dialogs.tsx'",
    ],
    [
      'the context of the window imports a feature',
      'src/renderer/app/context.tsx',
      "import { plural } from '#renderer/features/shared/words.ts'",
    ],
    [
      'the contract imports code of the engine',
      'src/preload/contract/contract.ts',
      "import { x } from '#engine/domain/model.ts'",
    ],
    [
      'the contract hands out code of the engine',
      'src/preload/contract/settings.ts',
      "export { soundSettings } from '#engine/domain/policy.ts'",
    ],
    [
      'the renderer imports the settings past the contract',
      'src/renderer/app/app.tsx',
      "import { SETTINGS } from '#engine/domain/settings.ts'",
    ],
    [
      'the contract imports the inside of the engine',
      'src/preload/contract/contract.ts',
      "import type { x } from '#engine/view/health.ts'",
    ],
    [
      'the contract imports types of the vault',
      'src/preload/contract/contract.ts',
      "import type { x } from '#vault/open-vault.ts'",
    ],
    [
      'the contract imports a package',
      'src/preload/contract/contract.ts',
      "import Store from 'electron-store'",
    ],
    ['electron is imported elsewhere', 'src/main/vault/db/database.ts', "import { app } from 'electron'"],
    ['electron is imported as a type', 'src/main/ipc/dispatcher.ts', "import type { App } from 'electron'"],
    ['electron is imported by a path', 'src/main/ipc/dispatcher.ts', "import { app } from 'electron/main'"],
    ['the wall clock is read', 'src/main/vault/db/row.ts', 'const now = Date.now()'],
    ['the wall clock is passed on', 'src/main/vault/db/row.ts', 'start(Date.now)'],
    [
      'the wall clock is read through globalThis',
      'src/main/vault/db/row.ts',
      'const now = globalThis.Date.now()',
    ],
    ['a date of now is made', 'src/renderer/app/app.tsx', 'const now = new Date()'],
    ['the monotonic clock is read', 'src/main/webex/client.ts', 'const t = performance.now()'],
    ['a timeout is set', 'src/main/webex/client.ts', 'setTimeout(() => {}, 10)'],
    ['a window timeout is set', 'src/renderer/app/app.tsx', 'window.setTimeout(() => {}, 10)'],
    ['setInterval is passed on', 'src/main/webex/client.ts', 'start({ every: setInterval })'],
    ['an immediate is set', 'src/main/engine/renewal-engine.ts', 'setImmediate(() => {})'],
    [
      "Node's timers are imported",
      'src/main/webex/client.ts',
      "import { setTimeout } from 'node:timers/promises'",
    ],
  ])('%s', (_, file, text) => {
    expect(violations(source(file, text))).not.toEqual([])
  })

  test.each([
    ['domain imports renewal', 'domain/model.ts', "import { x } from '../renewal/tier-plan.ts'"],
    [
      'failure imports its neighbour on the same floor',
      'failure/failure.ts',
      "import { x } from '../delivery-schedule/delivery-schedule.ts'",
    ],
    [
      'renewal imports the context by an alias',
      'renewal/renewal-policy.ts',
      "import type { C } from '#engine/runtime/engine-context.ts'",
    ],
    ['a view imports the engine itself', 'view/health.ts', "import { x } from '../renewal-engine.ts'"],
  ])('%s', (_, file, text) => {
    expect(upwardImports(source(`src/main/engine/${file}`, text))).not.toEqual([])
  })

  test.each([
    ['two files, one import each', "import './b.ts'", "import type { A } from './a.ts'"],
    ['by an alias', "import '#vault/b.ts'", "export * from '#vault/a.ts'"],
    ['by an import that is loaded later', "import './b.ts'", "const a = () => import('./a.ts')"],
  ])('a circle: %s', (_, a, b) => {
    const sources = [source('src/main/vault/a.ts', a), source('src/main/vault/b.ts', b)]
    expect(circles(sources)).toEqual([['src/main/vault/a.ts', 'src/main/vault/b.ts']])
  })

  test('a file name occurs twice in one top-level folder', () => {
    const files = ['src/main/vault/db/row.ts', 'src/main/vault/backup/row.ts', 'src/main/webex/row.ts']
    expect(duplicateNames(files.map((file) => ({ file })))).toEqual([files.slice(0, 2).join(', ')])
  })
})

describe('allowed:', () => {
  test.each([
    [
      'an adapter imports the domain',
      'src/main/vault/db/row.ts',
      "import { x } from '#engine/domain/model.ts'",
    ],
    [
      'an adapter imports types of the contract',
      'src/main/delivery/target-state.ts',
      "import type { C } from '#contract/contract.ts'",
    ],
    [
      'delivery imports its schedule',
      'src/main/delivery/target-state.ts',
      "import { x } from '#engine/delivery-schedule/delivery-schedule.ts'",
    ],
    [
      'import reads the IDs of Webex by the contract',
      'src/main/import/csv-reader.ts',
      "import { x } from '#contract/value-rules.ts'",
    ],
    [
      'import reads token-config by the contract',
      'src/main/import/csv-reader.ts',
      "import { x } from '#contract/token-config.ts'",
    ],
    [
      'ipc imports the contract and a use case',
      'src/main/ipc/dispatcher.ts',
      "import { c } from '#contract/contract.ts'\nimport { s } from '#application/settings.ts'",
    ],
    [
      'the renderer imports the contract',
      'src/renderer/app/bridge.ts',
      "import type { V } from '#contract/contract.ts'",
    ],
    [
      'a component imports another, and base/common',
      'src/renderer/components/button.tsx',
      "import { Icon } from './icon.tsx'\nimport { countdown } from '#base/common/duration.ts'",
    ],
    [
      'a feature imports components, the context of the window and what is shared',
      'src/renderer/features/history/days.ts',
      "import '#renderer/components/icon.tsx'\nimport '#renderer/app/context.tsx'\nimport '#renderer/features/shared/words.ts'",
    ],
    [
      'the page of a service app shows its history',
      'src/renderer/features/service-app/timeline.tsx',
      "import '#renderer/features/history/days.ts'",
    ],
    [
      'the renderer imports what needs neither Node nor a package',
      'src/renderer/features/shared/time-left.tsx',
      "import { countdown } from '#base/common/duration.ts'",
    ],
    [
      'the contract imports types of the domain',
      'src/preload/contract/contract.ts',
      "import type { P } from '#engine/domain/model.ts'",
    ],
    [
      'the contract hands out the settings',
      'src/preload/contract/settings.ts',
      "import { SETTINGS } from '#engine/domain/settings.ts'\nexport { SETTINGS } from '#engine/domain/settings.ts'",
    ],
    [
      'the container imports everybody',
      'src/main/bootstrap/container.ts',
      "import { app } from 'electron'\nimport '#vault/open-vault.ts'",
    ],
    ['a given date', 'src/main/vault/db/row.ts', 'const at = new Date(row.at)'],
    ["a socket's own timeout", 'src/main/webex/http-exchange.ts', 'request.setTimeout(15_000)'],
    ["a timer's type", 'src/main/webex/client.ts', 'type T = ReturnType<typeof setTimeout>'],
    ['the system clock', 'src/main/desktop/system/system-clock.ts', 'setTimeout(wake, Date.now())'],
    ["the renderer's ticker", 'src/renderer/app/ticker.ts', 'setTimeout(tick, Date.now())'],
  ])('%s', (_, file, text) => {
    expect(violations(source(file, text))).toEqual([])
    expect(upwardImports(source(file, text))).toEqual([])
  })
})
