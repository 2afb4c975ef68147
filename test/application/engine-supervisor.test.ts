import { describe, expect, test } from 'vitest'
import type { CloudTrouble } from '#application/cloud-binding.ts'
import { createCoreHolder } from '#application/engine-supervisor.ts'
import type { RunningCore } from '#application/running-core.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'

const nothing = {
  fleet: { serviceApps: new Map(), profiles: new Map(), managers: new Map() },
  lastAttempts: [],
  unreadable: [],
} as unknown as LoadedFleet

/** A core whose last answer comes while it stops, and may be left unsaved by it. */
function stage(options: { unsavedAfterStop?: boolean; trouble?: string } = {}) {
  const happened: string[] = []
  let stopped = false
  let trouble: CloudTrouble | null =
    options.trouble === undefined ? null : { sentence: options.trouble, choices: [] }
  const vault = {
    load: async () => nothing,
    close: () => happened.push('vault closed'),
  } as unknown as OpenVault
  const holder = createCoreHolder({
    startCore: async () => {
      happened.push('started')
      return {
        engine: {
          hasUnsaved: () => stopped && options.unsavedAfterStop === true,
          apply: async () => void happened.push('first changes'),
        },
        async stop() {
          stopped = true
          happened.push('stopped')
        },
        async resume() {
          stopped = false
          happened.push('resumed')
        },
      } as unknown as RunningCore
    },
    trouble: async () => trouble,
    reload: async () => undefined,
    firstChanges: [{ kind: 'profile-removed', profileId: 'p' }],
    failed: () => happened.push('failed'),
    closedSentence: () => 'closed',
    changed: () => undefined,
  })
  const settle = () => {
    trouble = null
  }
  return { holder, vault, happened, settle }
}

describe('quitting', () => {
  test('asks about an unsaved pair only after everything has stopped, and goes on when the person stays', async () => {
    const { holder, vault, happened } = stage({ unsavedAfterStop: true })
    await holder.start(vault)
    expect(await holder.close(() => false)).toBe(false)
    expect(happened).toEqual(['started', 'first changes', 'stopped', 'resumed'])
    expect(holder.current()).not.toBeNull()
  })

  test('closes the vault last', async () => {
    const { holder, vault, happened } = stage()
    await holder.start(vault)
    expect(await holder.close(() => expect.unreachable('nothing is unsaved'))).toBe(true)
    expect(happened.slice(-2)).toEqual(['stopped', 'vault closed'])
  })

  test('waits for a restore that is under way', async () => {
    const { holder, vault, happened } = stage()
    await holder.start(vault)
    const restored = holder.whileStopped(async () => void happened.push('restored'))
    await holder.close(() => true)
    await restored
    expect(happened.indexOf('vault closed')).toBeGreaterThan(happened.indexOf('restored'))
  })

  test('lets no restore begin that was asked for meanwhile', async () => {
    const { holder, vault, happened } = stage()
    await holder.start(vault)
    const closing = holder.close(() => true)
    await expect(holder.whileStopped(async () => void happened.push('restored'))).rejects.toThrow('closed')
    expect(await closing).toBe(true)
    expect(happened.slice(-2)).toEqual(['stopped', 'vault closed'])
  })
})

describe('a restore', () => {
  test('is refused over a pair that is only in memory, which lives on', async () => {
    const { holder, vault, happened } = stage({ unsavedAfterStop: true })
    await holder.start(vault)
    await expect(holder.whileStopped(async () => void happened.push('restored'))).rejects.toThrow(/stored/)
    expect(happened).not.toContain('restored')
    expect(happened.at(-1)).toBe('resumed')
  })

  test('that fails leaves everything running again', async () => {
    const { holder, vault } = stage()
    await holder.start(vault)
    await expect(
      holder.whileStopped(async () => {
        throw new Error('no room')
      }),
    ).rejects.toThrow('no room')
    expect(holder.current()).not.toBeNull()
  })

  test.each(['whole', 'broken'])(
    'waits for another one that is under way and %s, so that one core runs at a time',
    async (first) => {
      const { holder, vault, happened } = stage()
      await holder.start(vault)
      const restore = (name: string, fails: boolean) =>
        holder.whileStopped(async () => {
          happened.push(`${name} begins`)
          await Promise.resolve()
          happened.push(`${name} ends`)
          if (fails) throw new Error('no room')
        })
      const ended = await Promise.allSettled([
        restore('one', first === 'broken'),
        restore('two', false),
        restore('three', false),
      ])
      expect(ended.map(({ status }) => status)).toEqual([
        first === 'broken' ? 'rejected' : 'fulfilled',
        'fulfilled',
        'fulfilled',
      ])
      const round = (name: string) => [
        'stopped',
        `${name} begins`,
        `${name} ends`,
        'started',
        'first changes',
      ]
      expect(happened).toEqual([
        'started',
        'first changes',
        ...round('one'),
        ...round('two'),
        ...round('three'),
      ])
    },
  )
})

test('over a fleet of another cloud nothing starts, and why is said to whoever asks', async () => {
  const { holder, vault, happened } = stage({ trouble: 'They belong elsewhere.' })
  await holder.start(vault)
  expect(happened).toEqual([])
  expect(holder.held()?.sentence).toBe('They belong elsewhere.')
  expect(() => holder.running()).toThrow('They belong elsewhere.')
})

test('what held it may end: by a choice, or by a backup that is restored over it', async () => {
  for (const end of ['a choice', 'a restore'] as const) {
    const { holder, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
    await holder.start(vault)
    await holder.changeCloud(async () => undefined)
    expect(happened).toEqual([])
    if (end === 'a choice') await holder.changeCloud(async () => settle())
    else
      await holder.whileStopped(async () => {
        settle()
        happened.push('restored')
      })
    expect(happened).toContain('started')
    expect([holder.held(), holder.current() === null]).toEqual([null, false])
    const before = happened.length
    await holder.changeCloud(async () => undefined)
    expect(happened).toHaveLength(before)
  }
})

test('a choice during a restore starts nothing beside what the restore starts at its end', async () => {
  const { holder, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await holder.start(vault)
  let choice = Promise.resolve()
  await holder.whileStopped(async () => {
    choice = holder.changeCloud(async () => settle())
    happened.push('restored')
  })
  await choice
  expect(happened.filter((event) => event === 'started')).toHaveLength(1)
  expect(happened.indexOf('restored')).toBeLessThan(happened.indexOf('started'))
})

test('the cloud is not changed between the word on it and the start of what uses it', async () => {
  const { holder, vault, happened } = stage()
  const starting = holder.start(vault)
  const changing = holder.changeCloud(async () => void happened.push('changed'))
  await Promise.all([starting, changing])
  expect(happened).toEqual(['started', 'first changes', 'changed'])
})

test('two starts at once leave one core over what was read last', async () => {
  const { holder, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await holder.start(vault)
  await Promise.all([holder.changeCloud(async () => settle()), holder.changeCloud(async () => settle())])
  expect(happened).toEqual(['started', 'first changes'])
})

test('a choice after the end starts nothing over the closed vault', async () => {
  const { holder, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await holder.start(vault)
  await holder.close(() => true)
  await holder.changeCloud(async () => settle())
  expect(happened).toEqual(['vault closed'])
})
