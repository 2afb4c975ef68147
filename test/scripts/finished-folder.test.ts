import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { finishedFolder } from '../../scripts/electron-runtime/finished-folder.mjs'
import { tempFolder } from './support/temp-folder.ts'

test('the folder appears only when it is whole', async () => {
  const folder = path.join(tempFolder(), 'cache', 'runtime')

  await finishedFolder(folder, async (idClock) => {
    writeFileSync(path.join(idClock, 'a'), '1')
    expect(readdirSync(path.dirname(folder))).not.toContain('runtime')
  })

  expect(readdirSync(folder)).toEqual(['a'])
  expect(readdirSync(path.dirname(folder))).toEqual(['runtime'])
})

test('a failure leaves nothing behind', async () => {
  const parent = tempFolder()
  const filling = finishedFolder(path.join(parent, 'runtime'), async (idClock) => {
    writeFileSync(path.join(idClock, 'a'), '1')
    throw new Error('no space left')
  })

  await expect(filling).rejects.toThrow('no space left')
  expect(readdirSync(parent)).toEqual([])
})

test('of two that fill it at once the first one stays, and both go on', async () => {
  const parent = tempFolder()
  const folder = path.join(parent, 'runtime')
  const slow = finishedFolder(folder, async (idClock) => {
    await finishedFolder(folder, async (other) => writeFileSync(path.join(other, 'by'), 'the fast one'))
    writeFileSync(path.join(idClock, 'by'), 'the slow one')
  })

  await slow
  expect(readFileSync(path.join(folder, 'by'), 'utf8')).toBe('the fast one')
  expect(readdirSync(parent)).toEqual(['runtime'])
})

test('what a killed run left is cleared after an hour, a running one is left alone', async () => {
  const parent = tempFolder()
  const abandoned = path.join(parent, '.making-old')
  mkdirSync(abandoned)
  mkdirSync(path.join(parent, '.making-new'))
  const twoHoursAgo = Date.now() / 1000 - 7200
  utimesSync(abandoned, twoHoursAgo, twoHoursAgo)

  await finishedFolder(path.join(parent, 'runtime'), async () => {})

  expect(readdirSync(parent).sort()).toEqual(['.making-new', 'runtime'])
})
