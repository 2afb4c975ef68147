// The history of a target, from a real command over a real vault to what the window is answered.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Input } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import { makePair } from '../engine/support/world.ts'
import { command, type Delivering, delivering, envFile } from './support/delivering.ts'

/** ms. A machine may be busy with other tests. */
const LONG = 20_000

async function saved(world: Delivering, target: Input<'delivery.save'>['target']) {
  const { targetId } = await world.delivery.targets.save({ profileId: 'one', targetId: null, target })
  return targetId
}

const runsOf = async (world: Delivering, targetId: string) =>
  (await world.delivery.targets.runs(targetId)).runs

const ranOnce = (world: Delivering, targetId: string) =>
  vi.waitFor(async () => expect(await runsOf(world, targetId)).toHaveLength(1), LONG)

const printed = 'echo "got $WEBEX_SERVICE_APP_ACCESS_TOKEN for $SATM_PROFILE"'

describe('the history of a target', () => {
  test('holds each run of a command, the newest first, also after a restart', async () => {
    const world = await delivering()
    const id = await saved(world, command(`${printed}; exit 7`))
    await ranOnce(world, id)
    await world.engine().refresh('one', 'manual')
    await vi.waitFor(async () => expect(await runsOf(world, id)).toHaveLength(2), LONG)
    const runs = await runsOf(world, id)
    expect(runs).toMatchObject([
      {
        number: 2,
        trigger: 'new-token',
        outcome: 'failed',
        exitCode: 7,
        sentence: 'The command failed with exit code 7.',
        output: 'got [redacted] for Profile one',
        fingerprint: world.engine().fleet().profiles.get('one')?.pair?.fingerprint,
      },
      { number: 1, trigger: 'set-up', outcome: 'failed' },
    ])
    await world.restart()
    expect(await runsOf(world, id)).toEqual(expect.arrayContaining([...runs]))
  })

  test('holds what a command said that went well, and that a file was written', async () => {
    const world = await delivering()
    const hook = await saved(world, command(printed))
    const file = await saved(world, envFile(join(world.folder, '.env')))
    for (const id of [hook, file]) await ranOnce(world, id)
    expect(await runsOf(world, hook)).toMatchObject([
      { outcome: 'delivered', exitCode: 0, sentence: null, output: 'got [redacted] for Profile one' },
    ])
    expect(await runsOf(world, file)).toMatchObject([
      { outcome: 'delivered', exitCode: null, sentence: null, output: null },
    ])
  })

  test('holds no token, and nothing of one in the file of the vault', async () => {
    const world = await delivering()
    const pair = makePair({ accessToken: new Secret('canary-0123456789-token'), fingerprint: 'eeeeeeee' })
    await world.engine().apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    const id = await saved(
      world,
      command(`${printed}; printf %s "$WEBEX_SERVICE_APP_ACCESS_TOKEN" | cut -c1-9`),
    )
    await ranOnce(world, id)
    const [run] = await runsOf(world, id)
    expect(run?.output).toBe('got [redacted] for Profile one\n[redacted]')
    expect(JSON.stringify([run, world.logged, world.delivery.view()])).not.toMatch(/canary|012345/)
  })

  test('alone holds what a failing command printed: nothing of it is in the log, the view, or a column in clear', async () => {
    const world = await delivering()
    const token = world.tokenOf('one')
    const id = await saved(
      world,
      command('echo an innocent word; printf %s "$WEBEX_SERVICE_APP_ACCESS_TOKEN" | od -An -tx1; exit 3'),
    )
    await ranOnce(world, id)
    await vi.waitFor(() => expect(world.delivery.view().failing).toHaveLength(1), LONG)
    const [run] = await runsOf(world, id)
    expect(run?.output).toMatch(/^an innocent word\n \[redacted\]$/)
    const { targets } = await world.vault.deliveries.load()
    expect(targets[0]?.state.failure?.sentence).toBe(
      'The command failed with exit code 3. Its output is in the delivery history.',
    )
    const hex = Buffer.from(token).toString('hex').replace(/../g, '$& ').slice(0, 12)
    const seen = JSON.stringify([targets.map(({ state }) => state), world.logged, world.delivery.view()])
    for (const part of ['innocent', hex, token.slice(0, 6)]) expect(seen).not.toContain(part)
  })

  test('is of a known target alone, and none while deliveries stand still', async () => {
    const world = await delivering()
    const id = await saved(world, command('true'))
    await ranOnce(world, id)
    await expect(runsOf(world, 'nothing')).rejects.toThrow('already removed')
    await world.core().stop()
    await expect(runsOf(world, id)).rejects.toThrow('is stopping')
    await world.core().resume()
    await world.delivery.targets.remove(id)
    await expect(runsOf(world, id)).rejects.toThrow('already removed')
  })

  test('that cannot be written is a line in the log, and the token is delivered all the same', async () => {
    const world = await delivering()
    const full = vi.spyOn(world.vault.deliveryRuns, 'add').mockImplementation(() => {
      throw new Error('the disk is full')
    })
    const mark = join(world.folder, 'ran')
    const id = await saved(world, command(`touch '${mark}'`))
    await vi.waitFor(
      () => expect(world.delivery.targets.ofProfile('one').targets[0]?.state).toBe('delivered'),
      LONG,
    )
    expect([existsSync(mark), full.mock.calls.length, await runsOf(world, id)]).toEqual([true, 1, []])
    expect(world.logged.map(([event]) => event)).toContain('delivery.note-run-failed')
    expect(world.delivery.view().failing).toEqual([])
  })
})
