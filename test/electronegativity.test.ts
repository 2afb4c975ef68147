// Doyensec's electronegativity over the sources: nothing is found that was not reviewed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { baseline } from './electronegativity/baseline.ts'
import { type Finding, type Scan, scan } from './electronegativity/scan.ts'

const root = path.resolve(import.meta.dirname, '..')
const electron: string = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies
  .electron

let found: Scan
beforeAll(async () => {
  found = await scan(root, 'src', electron)
})

const plain = ({ check, file, sample }: Finding) => `${check} in ${file}: ${sample}`

test('it read every source, with all its checks', () => {
  expect(found.unread).toEqual([])
  expect(found.checks).toBeGreaterThan(30)
})

test('it finds what was reviewed, and nothing else', () => {
  expect(found.findings.map(plain).sort()).toEqual(baseline.map(plain).sort())
})

test('every reviewed finding has its reason', () => {
  expect(baseline.filter(({ reason }) => reason.length < 20)).toEqual([])
})

test('a weakened window would be found', async () => {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-electronegativity-'))
  onTestFinished(() => rmSync(place, { recursive: true }))
  mkdirSync(path.join(place, 'src'))
  writeFileSync(
    path.join(place, 'src', 'weak.ts'),
    "import { BrowserWindow } from 'electron'\nnew BrowserWindow({ webPreferences: { webSecurity: false, nodeIntegration: true } })\n",
  )
  const { findings } = await scan(place, 'src', electron)
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['WEB_SECURITY_JS_CHECK', 'NODE_INTEGRATION_JS_CHECK']),
  )
})
