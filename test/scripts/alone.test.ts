import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { holding } from '../../scripts/run/alone.mjs'
import { tempFolder } from './support/temp-folder.ts'

test('a second piece of work waits for the first', async () => {
  const lock = path.join(tempFolder(), 'lock')
  const order: string[] = []
  const first = holding(lock, async () => {
    order.push('first begins')
    await expect.poll(() => readdirSync(path.dirname(lock)).length).toBe(3)
    order.push('first ends')
  })
  await expect.poll(() => order).toEqual(['first begins'])
  await Promise.all([first, holding(lock, async () => order.push('second'))])
  expect(order).toEqual(['first begins', 'first ends', 'second'])
})

test('the lock of a process that has died is taken over', async () => {
  const lock = path.join(tempFolder(), 'lock')
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(lock, String(pid))
  expect(await holding(lock, async () => 'done')).toBe('done')
})

test('work that fails releases the lock', async () => {
  const folder = tempFolder()
  const failing = holding(path.join(folder, 'lock'), async () => {
    expect(existsSync(path.join(folder, 'lock'))).toBe(true)
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  expect(readdirSync(folder)).toEqual([])
})
