// What the distributions' own examiners say of the packages. Each finding that stays is named with its reason, in
// resources/linux/lintian-overrides and packaging/rpmlint.toml.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Made, NAME, packages, projectRoot, run } from '../support/packages.ts'

const root = mkdtempSync(path.join(tmpdir(), 'satm-lint-'))
let made: Made

beforeAll(() => {
  made = packages(['deb', 'rpm'])
  run('dpkg-deb', ['-x', made.file('.deb'), root])
})
afterAll(() => {
  made?.remove()
  rmSync(root, { recursive: true, force: true })
})

test('lintian finds nothing, and uses each override', () => {
  const args = ['--allow-root', '--fail-on=error,warning,info', '--display-info', '--tag-display-limit=0']
  expect(run('lintian', [...args, made.file('.deb')])).toBe('')
})

test('rpmlint finds nothing', () => {
  const config = path.join(projectRoot, 'packaging/rpmlint.toml')
  expect(run('rpmlint', ['--config', config, made.file('.rpm')])).toMatch(/0 errors, 0 warnings/)
})

test('desktop-file-validate and appstreamcli find nothing', () => {
  expect(run('desktop-file-validate', [path.join(root, `usr/share/applications/${NAME}.desktop`)])).toBe('')
  const folder = path.join(root, 'usr/share/metainfo')
  const [metainfo = ''] = readdirSync(folder)
  const said = run('appstreamcli', ['validate', '--no-net', path.join(folder, metainfo)])
  // The project has no domain yet.
  const found = said
    .split('\n')
    .filter((line) => /^[EWI]: /.test(line) && !line.includes('cid-maybe-not-rdns'))
  expect(found).toEqual([])
})

test('man finds no mistake in the manual pages', () => {
  for (const page of [NAME, 'satm']) {
    const file = path.join(root, `usr/share/man/man1/${page}.1.gz`)
    expect(run('sh', ['-c', `zcat ${file} | groff -man -Tutf8 -ww -z 2>&1`])).toBe('')
  }
})
