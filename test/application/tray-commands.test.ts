import { beforeEach, describe, expect, test } from 'vitest'
import { trayIntents } from '#application/tray-commands.ts'
import type { Engine } from '#engine/domain/engine-api.ts'

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
} satisfies Pick<Engine, 'refresh' | 'pauseAll' | 'refreshAllDue'> as Partial<Engine> as Engine

const intents = (opened: Engine | null = engine) =>
  trayIntents({
    locked: () => locked,
    show: () => void done.push('show'),
    engine: () => opened,
    now: () => 1_000,
    async copyToken(profileId) {
      if (gone) throw new Error('no token')
      done.push(`copy ${profileId}`)
    },
    copyFailed: (profileId) => void done.push(`copy of ${profileId} failed`),
  })
const settle = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  locked = false
  gone = false
  done = []
})

describe('picked from the tray', () => {
  test('a service app is refreshed or its token copied', async () => {
    intents().refresh('a')
    intents().copyToken('b')
    await settle()
    expect(done).toEqual(['refresh a', 'copy b'])
  })

  test('from a menu of before the lock, both only show where to unlock', async () => {
    locked = true
    intents().refresh('a')
    intents().copyToken('b')
    await settle()
    expect(done).toEqual(['show', 'show'])
  })

  test('what was removed meanwhile is no crash: the window is shown', async () => {
    gone = true
    intents().refresh('a')
    intents().copyToken('b')
    await settle()
    expect(done.toSorted()).toEqual(['copy of b failed', 'show'])
  })

  test('pausing is for an hour, and ends when told so; locked or not', () => {
    locked = true
    intents().pauseForHour()
    intents().resume()
    intents().refreshAllDue()
    expect(done).toEqual(['pause until 3601000', 'pause until null', 'refresh all due'])
  })

  test('nothing happens while the vault is closed', () => {
    const closed = intents(null)
    closed.refresh('a')
    closed.pauseForHour()
    closed.refreshAllDue()
    expect(done).toEqual([])
  })
})
