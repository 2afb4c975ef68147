// Every test file is run, and by one project only.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

test('each test file belongs to exactly one project', () => {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')
  const listed = execFileSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
    cwd: root,
    encoding: 'utf8',
  })
  const claimed = (JSON.parse(listed) as { file: string }[]).map(({ file }) => path.relative(root, file))
  const onDisk = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file) && !file.split(path.sep).includes('node_modules'))
    .map((file) => path.join('test', file))
  expect(claimed.sort()).toEqual(onDisk.sort())
})
