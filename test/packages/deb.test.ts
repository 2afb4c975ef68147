// The Debian package as a file: what is in it, that nothing opens app and satm, and that its papers name what it contains.
import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { extractFile, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeChecksums } from '../../scripts/package/checksums.mjs'
import { sandboxArguments } from '../../scripts/run/electron.mjs'
import { APP, type Made, NAME, packages, projectRoot, run } from './support/packages.ts'

/** A fuse's byte: the digit 1. */
const ON = 0x31
const { version, devDependencies } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'))

describe.runIf(process.platform === 'linux')('the Debian package', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-deb-'))
  const root = path.join(place, 'root')
  const app = path.join(root, APP)
  const satm = path.join(app, 'satm')
  const marker = path.join(place, 'ran')
  const evil = path.join(place, 'evil.cjs')
  let made: Made
  let deb: string

  beforeAll(() => {
    made = packages(['deb'])
    deb = made.file('.deb')
    run('dpkg-deb', ['-x', deb, root])
    writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
  })
  afterAll(() => {
    made?.remove()
    rmSync(place, { recursive: true, force: true })
  })

  test('belongs to root, is nobody else’s to write, and lies below /usr alone', () => {
    const lines = run('dpkg-deb', ['-c', deb]).trimEnd().split('\n')
    const entries = lines.map((line) => {
      const [mode = '', owner = '', , , , name = ''] = line.split(/\s+/)
      return { mode, owner, name }
    })
    expect(entries.filter(({ owner }) => owner !== 'root/root')).toEqual([])
    expect(entries.filter(({ name }) => !/^\.\/(usr\/.*)?$/.test(name))).toEqual([])
    expect(entries.filter(({ mode }) => !mode.startsWith('l') && /^.{5}w|^.{8}w/.test(mode))).toEqual([])
    expect(entries.filter(({ mode }) => /s/i.test(mode)).map(({ name }) => name)).toEqual([
      `./${APP}/chrome-sandbox`,
    ])
  })

  test('has what a desktop and a terminal look for', () => {
    for (const file of [
      `share/applications/${NAME}.desktop`,
      'share/metainfo/invalid.service_app_token_manager.ServiceAppTokenManager.metainfo.xml',
      ...[16, 24, 32, 48, 64, 128, 256, 512].map(
        (size) => `share/icons/hicolor/${size}x${size}/apps/${NAME}.png`,
      ),
      `share/icons/hicolor/scalable/apps/${NAME}.svg`,
      `share/man/man1/${NAME}.1.gz`,
      'share/man/man1/satm.1.gz',
      'share/bash-completion/completions/satm',
      'share/zsh/vendor-completions/_satm',
      'share/fish/vendor_completions.d/satm.fish',
      `share/doc/${NAME}/copyright`,
      ...['LICENSE.txt', 'LICENSE.electron.txt', 'LICENSES.chromium.html', 'LICENSE.node.txt'].map(
        (name) => `lib/${NAME}/${name}`,
      ),
      `lib/${NAME}/apparmor-profile`,
      'lib/systemd/system/satm.service',
      'lib/sysusers.d/satm.conf',
    ]) {
      expect(statSync(path.join(root, 'usr', file)).size, file).toBeGreaterThan(0)
    }
    for (const program of [NAME, 'satm'])
      expect(readlinkSync(path.join(root, 'usr/bin', program))).toBe(`../lib/${NAME}/${program}`)
    expect(run('desktop-file-validate', [path.join(root, `usr/share/applications/${NAME}.desktop`)])).toBe('')
  })

  test('says that it is a test package where it was made with another runtime than the official one', () => {
    const field = (name: string) => run('dpkg-deb', ['-f', deb, name]).trim()
    const runtime = JSON.parse(readFileSync(path.join(app, 'sbom.cdx.json'), 'utf8')).components.find(
      ({ name }: { name: string }) => name === 'electron',
    ).version
    const isTest = runtime !== devDependencies.electron
    expect(field('Version')).toBe(isTest ? `${version}~test` : version)
    expect(field('Description').includes('TEST PACKAGE')).toBe(isTest)
    expect(field('Depends')).toContain('libgtk-3-0')
    expect(field('Depends')).not.toContain('nodejs')
  })

  test('contains in its archive what is built and nothing of the sources', () => {
    const files = listPackage(path.join(app, 'resources/app.asar'), { isPack: false })
    const tops = new Set(files.map((file) => file.split('/').slice(1, 3).join('/')))
    expect([...tops].filter((top) => !top.startsWith('node_modules/') && top.includes('/')).sort()).toEqual([
      'out/main',
      'out/preload',
      'out/renderer',
      'resources/icons',
    ])
    expect(files.filter((file) => /\.(ts|map|env)$/.test(file))).toEqual([])
    expect(files).not.toContain('/node_modules/@libsql/linux-x64-musl')
    const native = 'app.asar.unpacked/node_modules/@libsql/linux-x64-gnu/index.node'
    expect(existsSync(path.join(app, 'resources', native))).toBe(true)
    const manifest = JSON.parse(extractFile(path.join(app, 'resources/app.asar'), 'package.json').toString())
    expect(manifest).toMatchObject({ name: NAME, version, main: 'out/main/index.cjs' })
    expect(manifest).not.toHaveProperty('devDependencies')
  })

  test('has the fuses of a release', async () => {
    const wire = Object.entries(await getCurrentFuseWire(path.join(app, NAME)))
    const on = wire.flatMap(([index, state]) => (state === ON ? [FuseV1Options[Number(index)]] : []))
    expect(on).toEqual(['OnlyLoadAppFromAsar'])
  })

  test.each([
    ['as plain Node', [], { ELECTRON_RUN_AS_NODE: '1' }],
    ['with NODE_OPTIONS', [], { NODE_OPTIONS: '' }],
    ['with --inspect', ['--inspect=0', '--inspect-brk=0'], {}],
    ['with an app folder', [''], {}],
  ])('runs nobody else’s code and opens no debugger %s', (_, switches, variables) => {
    // A short run of the app's own: it refuses the last switch.
    const folder = path.join(place, 'app')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      path.join(folder, 'package.json'),
      `{"name":"x","version":"1.0.0","main":${JSON.stringify(evil)}}`,
    )
    const args = switches.map((each) => each || folder)
    const env = 'NODE_OPTIONS' in variables ? { NODE_OPTIONS: `--require ${evil}` } : variables
    const ended = spawnSync(
      path.join(app, NAME),
      [...sandboxArguments(), ...args, '-e', `require(${JSON.stringify(evil)})`, '--js-flags=--expose-gc'],
      { env: { ...process.env, ...env, HOME: place }, encoding: 'utf8', timeout: 60_000 },
    )
    expect(ended.stderr).toContain('does not start with --js-flags')
    expect(ended.stderr).not.toContain('Debugger')
    expect(existsSync(marker)).toBe(false)
  })

  // groff takes a byte of UTF-8 for a character of Latin-1.
  test.each([NAME, 'satm'])('has a manual page of %s in ASCII alone', (name) => {
    const page = run('zcat', [path.join(root, `usr/share/man/man1/${name}.1.gz`)])
    expect(page).toMatch(/^\.TH /)
    expect(page.match(/[^\p{ASCII}]/gu)).toBeNull()
  })

  test('brings a satm that needs no Node and no variable, by its name on the PATH as well', () => {
    const link = path.join(root, 'usr/bin/satm')
    for (const program of [satm, link]) expect(run('env', ['-i', program, '--version'])).toBe(`${version}\n`)
    expect(run('env', ['-i', satm, '--help'])).toContain('Usage: satm COMMAND')
    const missing = spawnSync('env', ['-i', satm, 'list', '--data-folder', place], { encoding: 'utf8' })
    expect(missing).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('never run') })
    for (const shell of ['bash', 'zsh', 'fish'])
      expect(run('env', ['-i', satm, 'completion', shell]), shell).toBe(
        run(process.execPath, ['out/satm/index.js', 'completion', shell]),
      )
  })

  test('brings a satm that obeys nobody’s options', async () => {
    const env = { NODE_OPTIONS: `--require ${evil} --inspect=0`, NODE_PATH: place, ELECTRON_RUN_AS_NODE: '1' }
    const ended = spawnSync(satm, ['--version'], { env, encoding: 'utf8' })
    expect(ended).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
    for (const option of ['--inspect=0', `--require=${evil}`, '-e', '--experimental-sea-config'])
      expect(spawnSync(satm, [option, evil], { encoding: 'utf8' })).toMatchObject({ status: 2 })
    expect(existsSync(marker)).toBe(false)
    // What shows that the variable does this to a Node.
    spawnSync(process.execPath, ['-e', '0'], { env })
    expect(existsSync(marker)).toBe(true)
    rmSync(marker)
  })

  test('finds the app that lies beside satm', async () => {
    const folder = path.join(place, 'data')
    mkdirSync(folder, { mode: 0o700, recursive: true })
    writeFileSync(path.join(folder, 'satm.json'), '', { mode: 0o600 })
    // Without a display it says so, and not that it knows no app.
    const ended = spawnSync('env', ['-i', satm, 'list', '--data-folder', folder], { encoding: 'utf8' })
    expect(ended).toMatchObject({ status: 4, stderr: expect.stringContaining('names a display') })
  })

  test('names in bill of materials and notices every package that it contains, and what is in its runtimes', () => {
    const bill = JSON.parse(readFileSync(path.join(app, 'sbom.cdx.json'), 'utf8'))
    const named: string[] = bill.components.map(({ name }: { name: string }) => name)
    const archive = listPackage(path.join(app, 'resources/app.asar'), { isPack: false })
    const packed = archive.flatMap(
      (file) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? [],
    )
    expect(packed.length).toBeGreaterThan(3)
    for (const name of [...packed, 'react', 'react-dom', 'zod', 'electron-store', '@momentum-design/icons'])
      expect(named).toContain(name)
    expect(named).toEqual(
      expect.arrayContaining(['@momentum-design/tokens', '@momentum-design/fonts', 'sqlite', 'node']),
    )
    // For development only.
    for (const name of ['vitest', 'typescript', 'playwright', 'ajv', 'vite', 'when-exit'])
      expect(named).not.toContain(name)
    const electron = bill.components.find(({ name }: { name: string }) => name === 'electron')
    expect(electron.components.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['chromium', 'node', 'v8']),
    )
    const notices = readFileSync(path.join(app, 'third-party-notices.txt'), 'utf8')
    for (const { purl, name, version: its } of bill.components)
      if (purl?.startsWith('pkg:npm/')) expect(notices).toContain(`${name} ${its} (`)
    const { components } = bill.metadata.component
    for (const name of ['satm', NAME, 'resources/app.asar']) {
      const { content } = components.find((file: { name: string }) => file.name === name).hashes[0]
      expect(content).toBe(
        createHash('sha256')
          .update(readFileSync(path.join(app, name)))
          .digest('hex'),
      )
    }
  })

  test('is checked by sha256sum, and the sums by their signature', async () => {
    expect(run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: made.folder })).toContain(
      `${path.basename(deb)}: OK`,
    )
    const folder = path.join(place, 'signed')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'a.deb'), 'a')
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await writeChecksums([path.join(folder, 'a.deb')], folder, privateKey)
    const sums = readFileSync(path.join(folder, 'SHA256SUMS'))
    const signature = readFileSync(path.join(folder, 'SHA256SUMS.sig'))
    expect(verify(null, sums, publicKey, signature)).toBe(true)
    expect(verify(null, Buffer.from(`${sums} `), publicKey, signature)).toBe(false)
    expect(readdirSync(folder).sort()).toEqual(['SHA256SUMS', 'SHA256SUMS.sig', 'a.deb'])
  })
})
