import { describe, expect, test } from 'vitest'
import { createCopy } from '#application/copy-token.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { invalidGrant, unauthorised } from '../engine/support/answers.ts'
import { DAY, failWith, makeWorld, type WorldOptions } from '../engine/support/world.ts'

/** A copy over a real engine; the lock can close while a refresh is under way. */
function stage(options: WorldOptions = {}) {
  const world = makeWorld(options)
  const copied: string[] = []
  let locked = false
  const copy = createCopy({
    supervisor: { running: () => ({ engine: world.engine }) as EngineSession },
    clipboard: {
      copyToken(text) {
        copied.push(text)
        return 30
      },
      copyText: (text) => void copied.push(text),
    },
    lock: { isLocked: () => locked },
  })
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => undefined)
    await world.clock.advance(60_000)
    return work
  }
  return {
    ...world,
    copy,
    copied,
    settled,
    lock: () => {
      locked = true
    },
  }
}

const expired = { age: 15 * DAY, start: false } as const

describe('a token that is copied', () => {
  test.each([
    ['token', (token: string) => token],
    ['authorization-header', (token: string) => `Authorization: Bearer ${token}`],
    ['env', (token: string) => `WEBEX_SERVICE_APP_ACCESS_TOKEN=${token}\n`],
  ] as const)('is there as %s for a while', async (as, shaped) => {
    const { copy, copied, profile } = stage()
    expect(await copy.token({ profileId: 'one', as })).toEqual({
      clearsAfterSeconds: 30,
      refreshedFirst: false,
    })
    expect(copied).toEqual([shaped(profile().pair?.accessToken?.reveal() ?? '')])
  })

  test('is refreshed first once it has expired', async () => {
    const { copy, copied, profile, settled } = stage(expired)
    const before = profile().pair?.accessToken?.reveal()
    const answer = await settled(copy.token({ profileId: 'one', as: 'token' }))
    expect(answer.refreshedFirst).toBe(true)
    expect(copied).toEqual([profile().pair?.accessToken?.reveal()])
    expect(copied).not.toEqual([before])
  })

  test('is none where the refresh gives none: why is said, with the tracking id', async () => {
    const world = stage(expired)
    failWith(world, 'refresh', invalidGrant)
    failWith(world, 'application', unauthorised)
    const copying = world.settled(world.copy.token({ profileId: 'one', as: 'token' }))
    await expect(copying).rejects.toMatchObject({ code: 'refused', trackingId: expect.any(String) })
    expect(world.copied).toEqual([])
  })

  test('is none for a service app that is gone', async () => {
    await expect(stage().copy.token({ profileId: 'gone', as: 'token' })).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  test('is none once the window was locked meanwhile; other texts are copied all the same', async () => {
    const { copy, copied, settled, lock } = stage(expired)
    const copying = copy.token({ profileId: 'one', as: 'token' })
    lock()
    await expect(settled(copying)).rejects.toThrow('The window is locked. Unlock it, then copy again.')
    expect(() => copy.secret('s')).toThrow('The window is locked.')
    copy.text('diagnostics')
    expect(copied).toEqual(['diagnostics'])
  })
})
