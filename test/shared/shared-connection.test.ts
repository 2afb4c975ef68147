// The connection to a shared vault: there is one worker of a folder at a time, however it is opened, left and closed.
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import { SharedConnection } from '#vault/shared/shared-connection.ts'
import type { Worker } from '#vault/shared/worker.ts'
import { newSharedVault, type OwnSharedVault, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()

/** Its workers do nothing, and end when they are allowed to. */
function connection({ database, identity }: OwnSharedVault) {
  const now = { working: 0, most: 0, stopped: 0 }
  let make = () => {}
  const made = new Promise<void>((resolve) => {
    make = resolve
  })
  let mayEnd = Promise.resolve()
  const workerOf = () => {
    now.working += 1
    now.most = Math.max(now.most, now.working)
    make()
    let ended = false
    return {
      stop() {
        now.stopped += 1
        return mayEnd
      },
      async ended() {
        await mayEnd
        if (!ended) now.working -= 1
        ended = true
      },
    } as unknown as Worker
  }
  const shared = new SharedConnection({
    connect: () => database.connect(),
    identity,
    baseUrl: () => 'https://webexapis.com',
    clock: systemClock(),
    workerOf,
    failed: () => undefined,
  })
  onTestFinished(() => shared.close())
  return {
    shared,
    now,
    made,
    /** None ends before the returned function is called. */
    hold() {
      let end = () => {}
      mayEnd = new Promise((resolve) => {
        end = resolve
      })
      return end
    },
  }
}

test('the next worker begins when the one that was left has ended', async () => {
  const vault = await newSharedVault(postgres())
  const { shared, now, hold } = connection(vault)
  const { worker } = await shared.open()
  const end = hold()
  const left = shared.leave()
  const again = shared.open()
  // Long enough to connect, were it not to wait.
  await connection(vault).shared.open()
  expect(now).toMatchObject({ working: 1, most: 1 })
  end()
  await left
  expect((await again).worker).not.toBe(worker)
  expect(now).toMatchObject({ working: 1, most: 1 })
})

test('closed at any moment after its worker was made, it has stopped that', async () => {
  const vault = await newSharedVault(postgres())
  for (let turns = 0; turns < 6; turns++) {
    const { shared, now, made } = connection(vault)
    let closed = Promise.resolve()
    made.then(async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      closed = shared.close()
    })
    await shared.open().catch(() => undefined)
    await made
    for (let turn = 0; turn < 2 * turns; turn++) await Promise.resolve()
    await closed
    expect(now.stopped, `after ${turns} turns`).toBe(1)
    await expect(shared.open()).rejects.toThrow('closed')
  }
})
