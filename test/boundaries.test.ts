// The architecture's import rules, checked over the sources as they are, and proved to bite.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { violations } from './boundaries/rules.ts'

const root = path.resolve(import.meta.dirname, '..')

describe('the sources', () => {
  const sources = filesBelow('src').filter((file) => /\.tsx?$/.test(file))

  test('are found', () => {
    expect(sources).toContain('src/preload/contract.ts')
    expect(sources.length).toBeGreaterThan(20)
  })

  test('keep every rule', () => {
    expect(sources.flatMap((file) => violations(file, read(file)))).toEqual([])
  })
})

test('no file names the host of a package registry', () => {
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
  const files = [...top, ...['.ci', 'docs', 'resources', 'scripts', 'src', 'test'].flatMap(filesBelow)]
  expect(files.filter((file) => /registry\.(npmjs|yarnpkg|npmmirror)\./.test(read(file)))).toEqual([])
})

describe('a rule bites:', () => {
  test.each([
    ['the engine imports an adapter', 'src/main/engine/engine.ts', "import { x } from '../webex/client.ts'"],
    ['the engine imports Node', 'src/main/engine/engine.ts', "import path from 'node:path'"],
    ['the engine imports a package', 'src/main/engine/engine.ts', "import { z } from 'zod'"],
    [
      'the engine imports the contract',
      'src/main/engine/view.ts',
      "import type { C } from '../../preload/contract.ts'",
    ],
    ['an adapter imports another', 'src/main/webex/client.ts', "import { db } from '../vault/database.ts'"],
    [
      'an adapter imports a type of another',
      'src/main/webex/client.ts',
      "import type { D } from '../vault/database.ts'",
    ],
    ['an adapter exports another', 'src/main/webex/client.ts', "export * from '../vault/database.ts'"],
    [
      'an adapter loads another later',
      'src/main/webex/client.ts',
      "const v = await import('../vault/database.ts')",
    ],
    [
      'an adapter names a type in place',
      'src/main/webex/client.ts',
      "type D = import('../vault/database.ts').D",
    ],
    ['an adapter requires another', 'src/main/webex/client.ts', "const v = require('../vault/database.ts')"],
    ['an adapter imports the root', 'src/main/webex/client.ts', "import { app } from '../index.ts'"],
    [
      'an adapter other than ipc imports the contract',
      'src/main/vault/seal.ts',
      "import type { C } from '../../preload/contract.ts'",
    ],
    [
      'the simulator program imports the vault',
      'src/main/simulator/cli.ts',
      "import { db } from '../vault/database.ts'",
    ],
    [
      'what adapters share imports one',
      'src/main/fingerprint.ts',
      "import { db } from './vault/database.ts'",
    ],
    ['an unknown folder of main is used', 'src/main/webex/client.ts', "import { x } from '../misc/x.ts'"],
    ['main imports a test', 'src/main/webex/client.ts', "import { x } from '../../../test/support/x.ts'"],
    ['main imports the renderer', 'src/main/index.ts', "import { App } from '../renderer/app.tsx'"],
    ['the renderer imports main', 'src/renderer/app.tsx', "import type { P } from '../main/engine/model.ts'"],
    ['the renderer imports Node', 'src/renderer/app.tsx', "import path from 'node:path'"],
    ['the renderer imports the preload script', 'src/renderer/bridge.ts', "import '../preload/index.ts'"],
    [
      'the contract imports code of the engine',
      'src/preload/contract.ts',
      "import { x } from '../main/engine/model.ts'",
    ],
    [
      'the contract imports types of the vault',
      'src/preload/contract.ts',
      "import type { x } from '../main/vault/row.ts'",
    ],
    [
      'the contract imports a package',
      'src/preload/contract.ts',
      "import { ipcRenderer } from 'electron-store'",
    ],
    ['the rules of values import something', 'src/preload/value-rules.ts', "import { z } from 'zod'"],
    ['the rules of values import the contract', 'src/preload/value-rules.ts', "import './contract.ts'"],
    ['the channel names import something', 'src/preload/channels.ts', "import { z } from 'zod'"],
    ['electron is imported elsewhere', 'src/main/vault/database.ts', "import { app } from 'electron'"],
    ['electron is imported as a type', 'src/main/ipc/dispatch.ts', "import type { App } from 'electron'"],
    ['electron is imported by a path', 'src/main/ipc/dispatch.ts', "import { app } from 'electron/main'"],
    ['somebody reads the wall clock', 'src/main/vault/row.ts', 'const now = Date.now()'],
    ['somebody passes the wall clock on', 'src/main/vault/row.ts', 'start(Date.now)'],
    ['somebody reads it through globalThis', 'src/main/vault/row.ts', 'const now = globalThis.Date.now()'],
    ['somebody makes a date of now', 'src/renderer/app.tsx', 'const now = new Date()'],
    ['somebody reads the monotonic clock', 'src/main/webex/client.ts', 'const t = performance.now()'],
    ['somebody sets a timeout', 'src/main/webex/client.ts', 'setTimeout(() => {}, 10)'],
    ['somebody sets a window timeout', 'src/renderer/app.tsx', 'window.setTimeout(() => {}, 10)'],
    ['somebody passes setInterval on', 'src/main/webex/client.ts', 'start({ every: setInterval })'],
    ['somebody sets an immediate', 'src/main/engine/engine.ts', 'setImmediate(() => {})'],
    [
      "somebody imports Node's timers",
      'src/main/webex/client.ts',
      "import { setTimeout } from 'node:timers/promises'",
    ],
  ])('%s', (_, file, text) => {
    expect(violations(file, text)).not.toEqual([])
  })
})

describe('allowed:', () => {
  test.each([
    [
      'an adapter imports the rules of values',
      'src/main/vault/row.ts',
      "import '../../preload/value-rules.ts'",
    ],
    [
      'the renderer imports the rules of values',
      'src/renderer/app.tsx',
      "import '../preload/value-rules.ts'",
    ],
    ['an adapter imports the engine', 'src/main/vault/row.ts', "import { x } from '../engine/model.ts'"],
    ['ipc imports the contract', 'src/main/ipc/dispatch.ts', "import { c } from '../../preload/contract.ts'"],
    [
      'the renderer imports the contract',
      'src/renderer/bridge.ts',
      "import type { V } from '../preload/contract.ts'",
    ],
    [
      'the contract imports types of the engine',
      'src/preload/contract.ts',
      "import type { P } from '../main/engine/model.ts'",
    ],
    [
      'the root imports everybody',
      'src/main/index.ts',
      "import { app } from 'electron'\nimport './vault/seal.ts'",
    ],
    [
      'what is behind the page imports everybody',
      'src/main/run.ts',
      "import { app } from 'electron'\nimport './vault/seal.ts'",
    ],
    ['a given date', 'src/main/vault/row.ts', 'const at = new Date(row.at)'],
    ["a socket's own timeout", 'src/main/webex/transport.ts', 'request.setTimeout(15_000)'],
    ["a timer's type", 'src/main/webex/client.ts', 'type T = ReturnType<typeof setTimeout>'],
    ['the system clock', 'src/main/desktop/system-clock.ts', 'setTimeout(wake, Date.now())'],
    ["the renderer's ticker", 'src/renderer/ticker.ts', 'setTimeout(tick, Date.now())'],
  ])('%s', (_, file, text) => {
    expect(violations(file, text)).toEqual([])
  })
})

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.split(path.sep).includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
}
