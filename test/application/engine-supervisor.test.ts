import { describe, expect, test, vi } from 'vitest'
import { createEngineSupervisor, type EngineSession } from '#application/engine-supervisor.ts'
import type { Hold } from '#application/renewal-hold.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'

const nothing = {
  fleet: { serviceApps: new Map(), profiles: new Map(), managers: new Map() },
  lastAttempts: [],
  unreadable: [],
  openTokens: null,
} as unknown as LoadedFleet

/** A session whose last answer comes while it stops, and may be left unsaved by it. */
function stage(
  options: {
    unsavedAfterStop?: boolean
    trouble?: string
    stored?: RenewalHold
    seen?: Promise<void>
    sealed?: 'whole' | 'damaged'
  } = {},
) {
  const happened: string[] = []
  /** The same with how a session is loaded and begun. */
  const steps: string[] = []
  const note = (step: string) => {
    happened.push(step)
    steps.push(step)
  }
  const troubles: string[] = []
  let stopped = false
  let isOpen = false
  let stored: RenewalHold | null = options.stored ?? null
  let trouble: Hold | null =
    options.trouble === undefined
      ? null
      : { kind: 'other-cloud', title: '', sentence: options.trouble, choices: [], ways: [] }
  const vault = {
    load: async (how?: { readonly tokens: 'sealed' }) => {
      isOpen = true
      if (troubles.pop() !== undefined) throw new Error('the disk is full')
      steps.push(how === undefined ? 'loaded' : 'loaded sealed')
      if (how === undefined || options.sealed === undefined) return nothing
      const openTokens = async (pause: () => Promise<void>) => {
        await pause()
        steps.push('opened tokens')
        return options.sealed === 'whole'
      }
      return { ...nothing, openTokens }
    },
    renewalHold: {
      load: async () => stored,
      async save(next: RenewalHold | null) {
        stored = next
        happened.push(`hold: ${next?.why ?? 'none'}`)
      },
    },
    membership: { load: async () => null },
    close: () => note('vault closed'),
  } as unknown as OpenVault
  let inForce = vault
  const supervisor = createEngineSupervisor({
    clock: {
      now: () => 7,
      after(_, run) {
        queueMicrotask(run)
        return () => undefined
      },
    },
    vaultAccess: {
      view: () => ({ level: isOpen ? 'protected' : 'closed', sentence: 'closed' }),
      vault: () => inForce,
    } as VaultAccess,
    startSession: async () => {
      note('started')
      return {
        engine: {
          now: () => 9,
          view: () => ({}),
          hasUnsaved: () => stopped && options.unsavedAfterStop === true,
          storeTrouble: () => 'The database is away.',
          apply: async () => note('first changes'),
        },
        begin: () => void steps.push('begun'),
        async stop() {
          stopped = true
          happened.push('stopped')
        },
        async resume() {
          stopped = false
          happened.push('resumed')
        },
      } as unknown as EngineSession
    },
    guard: {
      trouble: async () => trouble,
      async choose(baseUrl) {
        happened.push(`chose ${baseUrl}`)
        trouble = null
      },
    },
    seen: options.seen ?? null,
    firstChanges: [{ kind: 'profile-removed', profileId: 'p' }],
    failed: () => happened.push('failed'),
    changed: () => undefined,
  })
  const settle = () => {
    trouble = null
  }
  const exchange = () => {
    inForce = { ...vault }
    return inForce
  }
  return { supervisor, vault, happened, steps, settle, exchange, troubles }
}

describe('quitting', () => {
  test('asks about an unsaved pair only after everything has stopped, and goes on when the person stays', async () => {
    const { supervisor, vault, happened } = stage({ unsavedAfterStop: true })
    await supervisor.start(vault)
    expect(await supervisor.close(async () => false)).toBe(false)
    expect(happened).toEqual(['started', 'first changes', 'stopped', 'resumed'])
    expect(supervisor.current()).not.toBeNull()
  })

  test('closes the vault last', async () => {
    const { supervisor, vault, happened } = stage()
    await supervisor.start(vault)
    expect(await supervisor.close(async () => expect.unreachable('nothing is unsaved'))).toBe(true)
    expect(happened.slice(-2)).toEqual(['stopped', 'vault closed'])
  })

  test('waits for a restore that is under way', async () => {
    const { supervisor, vault, happened } = stage()
    await supervisor.start(vault)
    const restored = supervisor.whileStopped(async () => void happened.push('restored'))
    await supervisor.close(async () => true)
    await restored
    expect(happened.indexOf('vault closed')).toBeGreaterThan(happened.indexOf('restored'))
  })

  test('lets no restore begin that was asked for meanwhile', async () => {
    const { supervisor, vault, happened } = stage()
    await supervisor.start(vault)
    const closing = supervisor.close(async () => true)
    await expect(supervisor.whileStopped(async () => void happened.push('restored'))).rejects.toThrow(
      'closed',
    )
    expect(await closing).toBe(true)
    expect(happened.slice(-2)).toEqual(['stopped', 'vault closed'])
  })
})

test('a request between the opened vault and the first session is asked to come again', async () => {
  const { supervisor, vault } = stage()
  let meanwhile = 0
  expect(() => supervisor.running()).toThrow('closed')
  supervisor.onStarting(async () => {
    expect(() => supervisor.running()).toThrow(/still starting/)
    meanwhile += 1
  })
  await supervisor.start(vault)
  expect(meanwhile).toBe(1)
  expect(supervisor.running()).toBe(supervisor.current())
})

describe('a large fleet', () => {
  function seenLater() {
    let see = () => {}
    const seen = new Promise<void>((resolve) => {
      see = resolve
    })
    return { seen, see }
  }

  test('is shown with sealed tokens, and its session begins once the window was drawn and they are open', async () => {
    const { seen, see } = seenLater()
    const { supervisor, vault, steps } = stage({ seen, sealed: 'whole' })
    await supervisor.start(vault)
    expect(steps).toEqual(['loaded sealed', 'started'])
    expect(supervisor.engineToShow()).not.toBeNull()
    expect(supervisor.current()).toBeNull()
    expect(() => supervisor.running()).toThrow(/still starting/)
    see()
    await supervisor.settled()
    expect(steps.slice(2)).toEqual(['opened tokens', 'begun'])
    expect(supervisor.running().engine).toBe(supervisor.engineToShow())
  })

  test('with a token that cannot be read is loaded again as a whole, and nothing of the first session begins', async () => {
    const { seen, see } = seenLater()
    const { supervisor, vault, steps } = stage({ seen, sealed: 'damaged' })
    await supervisor.start(vault)
    see()
    await supervisor.settled()
    expect(steps).toEqual([
      'loaded sealed',
      'started',
      'opened tokens',
      'loaded',
      'started',
      'begun',
      'first changes',
    ])
    expect(supervisor.running().engine).toBe(supervisor.engineToShow())
  })

  test('that is closed before its tokens are open never begins', async () => {
    const { seen, see } = seenLater()
    const { supervisor, vault, steps } = stage({ seen, sealed: 'whole' })
    const starting = supervisor.start(vault)
    const closing = supervisor.close(async () => true)
    await starting
    see()
    await closing
    await supervisor.settled()
    expect(steps).toEqual(['loaded sealed', 'started', 'vault closed'])
    expect(supervisor.engineToShow()).toBeNull()
  })

  test('is loaded as a whole where no window is shown', async () => {
    const { supervisor, vault, steps } = stage({ sealed: 'whole' })
    await supervisor.start(vault)
    expect(steps.slice(0, 3)).toEqual(['loaded', 'started', 'begun'])
  })
})

describe('an exchange of the vault', () => {
  test('that fails after another one is in force starts that, and says why it failed', async () => {
    const { supervisor, vault, exchange } = stage()
    await supervisor.start(vault)
    let next = vault
    const failing = supervisor.exchangeVault(async () => {
      next = exchange()
      throw new Error('no room')
    })
    await expect(failing).rejects.toThrow('no room')
    expect(supervisor.vault()).toBe(next)
    expect(supervisor.vault()).not.toBe(vault)
    expect(supervisor.current()).not.toBeNull()
  })

  test('after which nothing can start is tried again until something does', async () => {
    const { supervisor, vault, exchange, troubles, happened } = stage()
    await supervisor.start(vault)
    troubles.push('twice', 'once')
    await expect(supervisor.exchangeVault(async () => exchange())).rejects.toThrow('the disk is full')
    expect(supervisor.current()).toBeNull()
    expect(() => supervisor.running()).toThrow('still starting')
    await vi.waitFor(() => expect(supervisor.current()).not.toBeNull())
    expect(happened.filter((one) => one === 'failed')).toHaveLength(1)
    expect(happened.filter((one) => one === 'started')).toHaveLength(2)
  })
})

test('a renewed token that is not stored: the refusal says what keeps it from being stored', async () => {
  const { supervisor, vault } = stage({ unsavedAfterStop: true })
  await supervisor.start(vault)
  await expect(supervisor.whileStopped(async () => undefined)).rejects.toThrow(
    'A renewed token could not be stored yet. The database is away.',
  )
  const asked: unknown[] = []
  await supervisor.close(async (why) => asked.push(why) > 0)
  expect(asked).toEqual(['The database is away.'])
})

describe('a restore', () => {
  test('is refused over a pair that is only in memory, which lives on', async () => {
    const { supervisor, vault, happened } = stage({ unsavedAfterStop: true })
    await supervisor.start(vault)
    await expect(supervisor.whileStopped(async () => void happened.push('restored'))).rejects.toThrow(
      /stored/,
    )
    expect(happened).not.toContain('restored')
    expect(happened.at(-1)).toBe('resumed')
  })

  test('that fails leaves everything running again', async () => {
    const { supervisor, vault } = stage()
    await supervisor.start(vault)
    await expect(
      supervisor.whileStopped(async () => {
        throw new Error('no room')
      }),
    ).rejects.toThrow('no room')
    expect(supervisor.current()).not.toBeNull()
  })

  test.each(['whole', 'broken'])(
    'waits for another one that is under way and %s, so that one session runs at a time',
    async (first) => {
      const { supervisor, vault, happened } = stage()
      await supervisor.start(vault)
      const restore = (name: string, fails: boolean) =>
        supervisor.whileStopped(async () => {
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
  const { supervisor, vault, happened } = stage({ trouble: 'They belong elsewhere.' })
  await supervisor.start(vault)
  expect(happened).toEqual([])
  expect(supervisor.held()?.sentence).toBe('They belong elsewhere.')
  expect(() => supervisor.running()).toThrow('They belong elsewhere.')
})

test('what held it may end: by a choice, or by a backup that is restored over it', async () => {
  for (const end of ['a choice', 'a restore'] as const) {
    const { supervisor, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
    await supervisor.start(vault)
    await supervisor.changeCloud(async () => undefined)
    expect(happened).toEqual([])
    if (end === 'a choice') await supervisor.changeCloud(async () => settle())
    else
      await supervisor.whileStopped(async () => {
        settle()
        happened.push('restored')
      })
    expect(happened).toContain('started')
    expect([supervisor.held(), supervisor.current() === null]).toEqual([null, false])
    const before = happened.length
    await supervisor.changeCloud(async () => undefined)
    expect(happened).toHaveLength(before)
  }
})

test('a choice during a restore starts nothing beside what the restore starts at its end', async () => {
  const { supervisor, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await supervisor.start(vault)
  let choice = Promise.resolve()
  await supervisor.whileStopped(async () => {
    choice = supervisor.changeCloud(async () => settle())
    happened.push('restored')
  })
  await choice
  expect(happened.filter((event) => event === 'started')).toHaveLength(1)
  expect(happened.indexOf('restored')).toBeLessThan(happened.indexOf('started'))
})

test('the cloud is not changed between the word on it and the start of what uses it', async () => {
  const { supervisor, vault, happened } = stage()
  const starting = supervisor.start(vault)
  const changing = supervisor.changeCloud(async () => void happened.push('changed'))
  await Promise.all([starting, changing])
  expect(happened).toEqual(['started', 'first changes', 'changed'])
})

test('two starts at once leave one session over what was read last', async () => {
  const { supervisor, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await supervisor.start(vault)
  await Promise.all([
    supervisor.changeCloud(async () => settle()),
    supervisor.changeCloud(async () => settle()),
  ])
  expect(happened).toEqual(['started', 'first changes'])
})

test('a choice after the end starts nothing over the closed vault', async () => {
  const { supervisor, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  await supervisor.start(vault)
  await supervisor.close(async () => true)
  await supervisor.changeCloud(async () => settle())
  expect(happened).toEqual(['vault closed'])
})

test('does what the person chose about the cloud, and starts what may run then', async () => {
  const { supervisor, vault, happened } = stage({ trouble: 'They belong elsewhere.' })
  const choose = () => supervisor.chooseCloud('https://other.example/v1')
  await expect(choose()).rejects.toThrow('The data is not open.')
  await supervisor.start(vault)
  await choose()
  expect(happened.slice(0, 2)).toEqual(['chose https://other.example/v1', 'started'])
})

describe('a vault that was moved', () => {
  const stored = {
    why: 'moved',
    to: 'server',
    at: Date.parse('2026-11-29T12:00:00Z'),
    file: '/b/all.satm-backup',
  } as const

  test('starts nothing and says since when and why, before the cloud is looked at', async () => {
    const { supervisor, vault, happened } = stage({ stored, trouble: 'They belong elsewhere.' })
    await supervisor.start(vault)
    expect(happened).toEqual([])
    expect(supervisor.held()).toMatchObject({ kind: 'moved', ways: ['quit', 'renew-here', 'restore'] })
    expect(supervisor.held()?.sentence).toMatch(
      /moved to a server on Nov 29, 2026 with a backup .*all\.satm-backup/,
    )
    expect(() => supervisor.running()).toThrow(/Nov 29, 2026/)
    await supervisor.changeCloud(async () => undefined)
    expect(happened).toEqual([])
  })

  test('is renewed once a person says so; what the cloud says still holds it then', async () => {
    for (const trouble of [undefined, 'They belong elsewhere.']) {
      const { supervisor, vault, happened } = stage({ stored, ...(trouble && { trouble }) })
      await expect(supervisor.renewHere()).rejects.toThrow('The data is not open.')
      await supervisor.start(vault)
      await supervisor.renewHere()
      expect(happened.slice(0, 2)).toEqual(['hold: none', ...(trouble ? [] : ['started'])])
      expect(supervisor.held()?.sentence).toBe(trouble)
    }
  })
})

test('waits for its listeners: before each load, and before each start that is allowed', async () => {
  const { supervisor, vault, happened, settle } = stage({ trouble: 'They belong elsewhere.' })
  const noting = (event: string) => async () => {
    await Promise.resolve()
    happened.push(event)
  }
  supervisor.onLoading(noting('loading'))
  supervisor.onStarting(noting('starting'))
  await supervisor.start(vault)
  expect(happened).toEqual(['loading'])
  await supervisor.changeCloud(async () => settle())
  await supervisor.whileStopped(async () => undefined)
  expect(happened.filter((event) => /ing$|^started$/.test(event))).toEqual([
    'loading',
    ...['loading', 'starting', 'started'],
    ...['loading', 'starting', 'started'],
  ])
})

test('has the time of the engine while one runs, and of this computer otherwise', async () => {
  const { supervisor, vault } = stage()
  expect(supervisor.now()).toBe(7)
  await supervisor.start(vault)
  expect(supervisor.now()).toBe(9)
})
