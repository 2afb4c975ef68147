import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { downloadOfficial, installedOfficial } from '../../scripts/electron-runtime/official.mjs'
import { chosenFolder } from '../../scripts/electron-runtime/override.mjs'
import { firstRuntime, resolveElectron } from '../../scripts/electron-runtime/resolve.mjs'
import { tempFolder } from './support/temp-folder.ts'

describe('the order of places', () => {
  test('the first place that has a runtime is taken and the rest is not asked', async () => {
    const asked: string[] = []
    const place = (name: string, has: boolean) => async () => {
      asked.push(name)
      return has ? found(name) : absent(`${name} has none`)
    }

    const runtime = await firstRuntime([place('a', false), place('b', true), place('c', true)])

    expect(runtime.executable).toBe('b')
    expect(asked).toEqual(['a', 'b'])
  })

  test('what was passed over is said with the choice', async () => {
    const { why } = await firstRuntime([
      async () => absent('GitHub is out of reach'),
      async () => found('copy'),
    ])
    expect(why).toBe('from copy (GitHub is out of reach)')
  })

  test('if nobody has one, every reason and what to do is said', async () => {
    const asking = firstRuntime([
      async () => absent('GitHub is out of reach'),
      async () => absent('not on Windows'),
    ])
    await expect(asking).rejects.toThrow(
      /GitHub is out of reach\n.*not on Windows\n[\s\S]*ELECTRON_OVERRIDE_DIST_PATH/,
    )
  })

  test('a program started by one of our commands is told the runtime', async () => {
    expect(await resolveElectron({ SATM_ELECTRON: '/found/before' })).toBe('/found/before')
  })

  test('the chosen folder comes before everything else', async () => {
    const folder = tempFolder()
    const executable = path.join(folder, await chosenName(folder))
    expect(await resolveElectron({ ELECTRON_OVERRIDE_DIST_PATH: folder })).toBe(executable)
  })

  test('the chosen folder is used as it is in a person’s run too, whatever a command has found', async () => {
    const folder = tempFolder()
    const executable = path.join(folder, await chosenName(folder))
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder, SATM_ELECTRON: '/found/before' }
    expect(await resolveElectron(env, 'person')).toBe(executable)
    expect(readFileSync(executable, 'utf8')).toBe('')
  })

  test('where nothing may be downloaded, nothing is', async () => {
    const env = { SATM_CACHE_DIR: tempFolder(), ELECTRON_MIRROR: 'http://127.0.0.1:9/' }
    const began = performance.now()
    const finding = resolveElectron(env, 'person', 'present')
    // The machine of a developer has an official one in node_modules.
    await finding.catch((error: Error) => expect(error.message).not.toMatch(/127\.0\.0\.1|npm pack/))
    expect(performance.now() - began).toBeLessThan(3_000)
  })
})

describe('the chosen folder', () => {
  test.each([
    ['linux', 'electron'],
    ['win32', 'electron.exe'],
    ['darwin', 'Electron.app/Contents/MacOS/Electron'],
  ] as const)('on %s holds %s', async (platform, name) => {
    const folder = tempFolder()
    const executable = path.join(folder, name)
    write(executable)
    expect(await chosenFolder({ ELECTRON_OVERRIDE_DIST_PATH: folder }, platform)).toMatchObject({
      executable,
    })
  })

  test('is never passed over in silence', async () => {
    const asking = chosenFolder({ ELECTRON_OVERRIDE_DIST_PATH: tempFolder() })
    await expect(asking).rejects.toThrow('there is no')
  })
})

describe('the installed electron package', () => {
  test('has a binary where path.txt says', async () => {
    const electronPackage = tempFolder()
    write(path.join(electronPackage, 'path.txt'), 'electron')
    write(path.join(electronPackage, 'dist', 'electron'))
    expect(await installedOfficial(electronPackage)).toMatchObject({
      kind: 'found',
      executable: path.join(electronPackage, 'dist', 'electron'),
    })
  })

  test('without path.txt has none', async () => {
    expect(await installedOfficial(tempFolder())).toMatchObject({ kind: 'absent' })
  })

  test('whose binary is gone has none', async () => {
    const electronPackage = tempFolder()
    write(path.join(electronPackage, 'path.txt'), 'electron')
    expect(await installedOfficial(electronPackage)).toMatchObject({ kind: 'absent' })
  })
})

describe('the official download', () => {
  test('runs the package installer when the host answers', async () => {
    const electronPackage = packageWithInstaller(
      "fs.mkdirSync(dir + '/dist'); fs.writeFileSync(dir + '/dist/electron', ''); fs.writeFileSync(dir + '/path.txt', 'electron')",
    )
    const answer = await downloadOfficial(electronPackage, await mirror('answers'))
    expect(answer).toMatchObject({ kind: 'found', why: expect.stringContaining('just downloaded') })
  })

  test('that fails says why', async () => {
    const electronPackage = packageWithInstaller("console.error('Error: checksum mismatch'); process.exit(1)")
    const answer = await downloadOfficial(electronPackage, await mirror('answers'))
    expect(answer).toMatchObject({ kind: 'absent', why: expect.stringContaining('checksum mismatch') })
  })

  test('is not tried where the host refuses at once', async () => {
    const electronPackage = packageWithInstaller("throw new Error('it was run')")
    const answer = await downloadOfficial(electronPackage, await mirror('refuses'))
    expect(answer).toMatchObject({
      kind: 'absent',
      why: expect.stringMatching(/cannot be reached .*ECONNREFUSED/),
    })
  })

  test('is not tried where the host stays silent', async () => {
    const electronPackage = packageWithInstaller("throw new Error('it was run')")
    const answer = await downloadOfficial(electronPackage, await mirror('is silent'))
    expect(answer).toMatchObject({
      kind: 'absent',
      why: expect.stringMatching(/cannot be reached .*no answer in/),
    })
  })
})

function found(name: string) {
  return { kind: 'found' as const, executable: name, why: `from ${name}` }
}

function absent(why: string) {
  return { kind: 'absent' as const, why }
}

/** Puts an executable into a folder as this platform names it, and returns that name. */
async function chosenName(folder: string) {
  const names = { linux: 'electron', win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }
  const name =
    process.platform === 'win32' || process.platform === 'darwin' ? names[process.platform] : names.linux
  write(path.join(folder, name))
  return name
}

function write(file: string, text = '') {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function packageWithInstaller(code: string): string {
  const folder = tempFolder()
  write(path.join(folder, 'install.js'), `const fs = require('node:fs'); const dir = __dirname; ${code}`)
  return folder
}

/** A download host of our own, as ELECTRON_MIRROR names one. */
async function mirror(manner: 'answers' | 'refuses' | 'is silent') {
  const server = createServer((_, response) => {
    if (manner === 'answers') response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  if (manner === 'refuses') await close()
  else onTestFinished(async () => void (await close()))
  const env = { ...process.env, ELECTRON_MIRROR: `http://127.0.0.1:${port}/` }
  return { env, patience: manner === 'is silent' ? 300 : 20_000 }
}
