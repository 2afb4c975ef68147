import { beforeEach, describe, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { UserFacingError } from '#application/errors.ts'
import { createTrayCommands } from '#application/tray-commands.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { aProfile } from '../vault/support/builders.ts'

let locked = false
let gone = false
let done: string[] = []

const engine = {
  async refresh(profileId) {
    if (gone) throw new Error('this profile is not in the fleet')
    done.push(`refresh ${profileId}`)
    return undefined as never
  },
  pauseAll: (until) => void done.push(`pause until ${until}`),
  refreshAllDue: () => done.push('refresh all due'),
  fleet: () => ({
    profiles: new Map([['a', aProfile('a', { name: 'Orders', orgName: 'Acme' })]]),
    serviceApps: new Map(),
    managers: new Map(),
  }),
} satisfies Pick<Engine, 'refresh' | 'pauseAll' | 'refreshAllDue' | 'fleet'> as Partial<Engine> as Engine

const commands = (opened: Engine | null = engine) =>
  createTrayCommands({
    lock: { isLocked: () => locked },
    supervisor: {
      current: () => (opened === null ? null : ({ engine: opened } as EngineSession)),
      now: () => 1_000,
    },
    copy: {
      async token({ profileId }) {
        if (gone) throw new UserFacingError('not-found', 'This service app is gone. Add it again.')
        done.push(`copy ${profileId}`)
        return { clearsAfterSeconds: null, refreshedFirst: false }
      },
    },
    retrySignIn: () => undefined,
    window: {
      show: () => void done.push('show'),
      openAt: (place) => void done.push(`open at ${place.kind === 'profile' ? place.profileId : place.kind}`),
      toast: ({ text }) => void done.push(text),
    },
    copyFailed: () => void done.push('copy failed'),
  })
const settle = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  locked = false
  gone = false
  done = []
})

describe('picked from the tray', () => {
  test('a pause that is not this computer’s says so in the window', () => {
    const pauseAll = () => {
      throw new StoreFailure('shared', 'Not here.')
    }
    commands({ ...engine, pauseAll }).pauseForHour()
    expect(done).toEqual(['open at list', 'Not here.'])
  })

  test('a service app is refreshed or its token copied', async () => {
    commands().refresh('a')
    commands().copyToken('b')
    await settle()
    expect(done).toEqual(['refresh a', 'copy b'])
  })

  test.each(['refresh', 'copyToken', 'refreshAllDue', 'pauseForHour', 'resume'] as const)(
    'from a menu of before the lock, %s only shows where to unlock',
    async (command) => {
      locked = true
      commands()[command]('a')
      await settle()
      expect(done).toEqual(['show'])
    },
  )

  test('what was removed meanwhile is no crash: the window is shown, and says why nothing was copied', async () => {
    gone = true
    commands().refresh('a')
    commands().copyToken('b')
    await settle()
    const why = 'Token not copied: This service app is gone.'
    expect(done.toSorted()).toEqual([why, 'copy failed', 'open at b', 'show'])
  })

  test('a token that cannot be copied is told in one line that names the customer', async () => {
    gone = true
    commands().copyToken('a')
    await settle()
    expect(done).toContain('Token of Orders · Acme not copied: This service app is gone.')
  })

  test('pausing is for an hour, and ends when told so', () => {
    commands().pauseForHour()
    commands().resume()
    commands().refreshAllDue()
    expect(done).toEqual(['pause until 3601000', 'pause until null', 'refresh all due'])
  })

  test('nothing happens while the vault is closed', () => {
    const closed = commands(null)
    closed.refresh('a')
    closed.pauseForHour()
    closed.refreshAllDue()
    expect(done).toEqual([])
  })
})
