import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Input } from '#contract/contract.ts'
import { prepareReplacement } from '#delivery/env-file/file-replacement.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { good, odd, refused, unreachable } from '../engine/support/answers.ts'
import { makePair } from '../engine/support/world.ts'
import { slow } from '../vault/support/slow-vault.ts'
import { command, type Delivering, delivering, envFile } from './support/delivering.ts'

const HOUR = 3_600_000
/** ms. A machine may be busy with other tests. */
const LONG = 20_000

async function saved(world: Delivering, profileId: string, target: Input<'delivery.save'>['target']) {
  const { targetId } = await save(world, profileId, target)
  return targetId
}

function save(world: Delivering, profileId: string, target: Input<'delivery.save'>['target']) {
  return world.delivery.targets.save({ profileId, targetId: null, target })
}

const stateOf = (world: Delivering, profileId = 'one') =>
  world.delivery.targets.ofProfile(profileId).targets.map(({ state }) => state)

const holds = (file: string, token: string) =>
  vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe(`TOKEN=${token}\n`), LONG)

const renewed = (world: Delivering) => world.engine().refresh('one', 'manual')

describe('a new token that Webex rejects', () => {
  const rejecting = (world: Delivering, isIt: (token: string) => boolean) => {
    world.cloud.probeAnswer = (token) => (isIt(token) ? refused(401, { message: 'no' }) : good(200))
  }

  test('never replaces one that works, which the targets say; it is delivered once Webex accepts it', async () => {
    const world = await delivering()
    const files = ['a.env', 'b.env'].map((name) => join(world.folder, name))
    for (const file of files) await saved(world, 'one', envFile(file))
    const before = world.tokenOf('one')
    for (const file of files) await holds(file, before)
    rejecting(world, (token) => token !== before)
    const probes = world.cloud.count('probe')
    expect((await renewed(world)).outcome).toBe('renewed')
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing', 'failing']), LONG)
    for (const file of files) await holds(file, before)
    expect(world.delivery.view().failing[0]?.sentence).toMatch(/^Webex rejected the new token \(401\)/)
    // Both at the same time, so one question is enough; and nothing was renewed for it.
    expect(world.cloud.count('probe') - probes).toBe(1)
    expect(
      world
        .engine()
        .view()
        .profiles.find(({ id }) => id === 'one'),
    ).toMatchObject({
      lastTest: { result: 'invalid' },
    })
    await world.clock.advance(5 * 60_000)
    for (const file of files) await holds(file, before)
    rejecting(world, () => false)
    await world.clock.advance(HOUR)
    for (const file of files) await holds(file, world.tokenOf('one'))
    expect(world.tokenOf('one')).not.toBe(before)
  })

  test('is tested again at once where a person asks', async () => {
    const world = await delivering()
    const file = join(world.folder, 'a.env')
    await saved(world, 'one', envFile(file))
    const before = world.tokenOf('one')
    await holds(file, before)
    rejecting(world, (token) => token !== before)
    await renewed(world)
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing']), LONG)
    const pressed = () => world.delivery.targets.deliver({ profileId: 'one', targetId: null })
    const probes = world.cloud.count('probe')
    expect(await pressed()).toMatchObject({ delivered: 0, of: 1 })
    expect(world.cloud.count('probe') - probes).toBe(1)
    rejecting(world, () => false)
    expect(await pressed()).toMatchObject({ delivered: 1, of: 1 })
    await holds(file, world.tokenOf('one'))
  })

  test('is tested once, also where a target was still busy with the one before', async () => {
    let ends = () => {}
    const busy = new Promise<void>((resolve) => {
      ends = resolve
    })
    let first: string | null = null
    const world = await delivering(null, (vault) => ({
      ...vault,
      deliveries: {
        ...vault.deliveries,
        async note(id, state, spec) {
          if (first !== null && id !== first) await busy
          await vault.deliveries.note(id, state, spec)
        },
      },
    }))
    onTestFinished(ends)
    const before = world.tokenOf('one')
    const files = ['a.env', 'b.env'].map((name) => join(world.folder, name))
    for (const file of files) {
      const id = await saved(world, 'one', envFile(file))
      first ??= id
      await holds(file, before)
    }
    // The second is written, and its state is not stored yet.
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered', 'waiting']), LONG)
    rejecting(world, (token) => token !== before)
    const probes = world.cloud.count('probe')
    expect((await renewed(world)).outcome).toBe('renewed')
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing', 'waiting']), LONG)
    ends()
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing', 'failing']), LONG)
    expect(world.cloud.count('probe') - probes).toBe(1)
    for (const file of files) await holds(file, before)
    // The retry tests it again.
    await world.clock.advance(10_000)
    await vi.waitFor(() => expect(world.cloud.count('probe') - probes).toBe(2), LONG)
  })

  test.each([
    ['Webex cannot be reached', () => unreachable()],
    ['a proxy answers in its place', () => odd('html', 401)],
    ['it has no right to the address of the probe', () => refused(403, { message: 'no' })],
  ])('is not meant where %s: programs get the token', async (_, answer) => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    world.cloud.probeAnswer = answer
    await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
  })
})

describe('a renewed token', () => {
  test('is in the file once the vault has it, and so after each renewal', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    const before = world.tokenOf('one')
    expect((await renewed(world)).outcome).toBe('renewed')
    expect(world.tokenOf('one')).not.toBe(before)
    await holds(file, world.tokenOf('one'))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    expect((await world.vault.deliveries.load()).targets[0]?.state.delivered?.fingerprint).toBe(
      world.engine().fleet().profiles.get('one')?.pair?.fingerprint,
    )
  })

  test('that cannot be delivered is renewed all the same, and the person is told of the file', async () => {
    const world = await delivering()
    const folder = join(world.folder, 'app')
    mkdirSync(folder)
    await saved(world, 'one', envFile(join(folder, '.env')))
    await holds(join(folder, '.env'), world.tokenOf('one'))
    rmSync(folder, { recursive: true })
    expect((await renewed(world)).outcome).toBe('renewed')
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing']), LONG)
    const [failing] = world.delivery.view().failing
    expect(failing?.sentence).toContain(folder)
    mkdirSync(folder)
    await world.clock.advance(20_000)
    await holds(join(folder, '.env'), world.tokenOf('one'))
    await vi.waitFor(() => expect(world.delivery.view().failing).toEqual([]), LONG)
  })

  test('that was stored, but not delivered before the app was killed, is delivered at the next start', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    const id = await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    await world.core().stop()
    const pair = makePair({ accessToken: new Secret('stored-only'), fingerprint: 'ffffffff' })
    await world.vault.commit([{ kind: 'profile-pair', profileId: 'one', pair }], [])
    expect((await world.vault.deliveries.load()).targets[0]?.target.id).toBe(id)
    await world.killed()
    await holds(file, 'stored-only')
  })

  test('that could not be stored yet is delivered: programs need the one that works', async () => {
    const full = new StoreFailure('disk-full', 'The disk is full.')
    const world = await delivering({
      refuses: (changes) => changes.some(({ kind }) => kind === 'profile-pair'),
      failure: full,
    })
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    const before = world.tokenOf('one')
    // The file has the token a moment before that is noted.
    const noted = async () => (await world.vault.deliveries.load()).targets[0]?.state.delivered
    await vi.waitFor(async () => expect(await noted()).toBeTruthy(), LONG)
    await renewed(world)
    expect(world.engine().hasUnsaved()).toBe(true)
    expect(world.tokenOf('one')).not.toBe(before)
    const unsaved = world.tokenOf('one')
    await holds(file, unsaved)
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    // Killed before it was stored: the vault only knows the one before, which must not come over the newer one.
    await world.restart()
    expect([world.tokenOf('one'), stateOf(world)]).toEqual([before, ['delivered']])
    expect(readFileSync(file, 'utf8')).toBe(`TOKEN=${unsaved}\n`)
  })

  test('that a person pasted is delivered as well', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    const pair = makePair({ accessToken: new Secret('pasted'), fingerprint: 'eeeeeeee' })
    await world.engine().apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    await world.clock.advance(200)
    await holds(file, 'pasted')
  })

  test('reaches a command as well, each by itself', async () => {
    const world = await delivering()
    const out = join(world.folder, 'out')
    await saved(world, 'one', command(`printf "%s" "$WEBEX_SERVICE_APP_ACCESS_TOKEN" > ${out}; exit 5`))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing']), LONG)
    expect(readFileSync(out, 'utf8')).toBe(world.tokenOf('one'))
    expect(world.delivery.view().failing[0]?.sentence).toBe('The command failed with exit code 5. No output.')
  })
})

describe('targets', () => {
  test('go with their profile', async () => {
    const world = await delivering()
    await saved(world, 'one', envFile(join(world.folder, '.env')))
    await world.engine().apply([{ kind: 'profile-removed', profileId: 'one' }])
    expect(world.delivery.view()).toMatchObject({ targets: 0, failing: [] })
    expect((await world.vault.deliveries.load()).targets).toEqual([])
  })

  test('are there after a restart, as they stood', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    rmSync(file)
    await world.restart()
    expect([stateOf(world), world.delivery.view().targets]).toEqual([['delivered'], 1])
    expect(existsSync(file)).toBe(false)
  })

  test('of a backup run no command before that very one was asked for', async () => {
    const world = await delivering()
    const mark = join(world.folder, 'ran')
    const targetId = await saved(world, 'one', command('true'))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    const [stored] = (await world.vault.deliveries.load()).targets
    if (stored?.target.spec.kind !== 'hook') throw new Error('there is a command')
    const spec = { ...stored.target.spec, command: `touch '${mark}'` }
    await world.vault.deliveries.save({ ...stored.target, spec }, true)
    await world.restart()
    const deliver = (only: string | null) =>
      world.delivery.targets.deliver({ profileId: 'one', targetId: only })
    expect(await deliver(null)).toEqual({ delivered: 0, unverified: 0, of: 1 })
    expect(existsSync(mark)).toBe(false)
    expect(await deliver(targetId)).toEqual({ delivered: 1, unverified: 0, of: 1 })
    expect(existsSync(mark)).toBe(true)
  })

  test('go on after a quit that was called off', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    await world.core().stop()
    expect(() => world.delivery.targets.ofProfile('one')).toThrow('is stopping')
    await world.core().resume()
    await renewed(world)
    await holds(file, world.tokenOf('one'))
  })

  test('lose what is removed while a quit that was called off goes on, and miss no token', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await saved(world, 'two', envFile(join(world.folder, 'two.env')))
    await holds(file, world.tokenOf('one'))
    await world.core().stop()
    const pair = makePair({ accessToken: new Secret('pasted-meanwhile'), fingerprint: 'eeeeeeee' })
    const resumed = world.resumes(async () => {
      await world.engine().apply([{ kind: 'profile-removed', profileId: 'two' }])
      await world.engine().apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    })
    await resumed
    expect(world.delivery.view().targets).toBe(1)
    await holds(file, 'pasted-meanwhile')
  })

  test('that are no longer as they were confirmed are refused, and delivered to once that is confirmed', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    const targetId = await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    // Also after a restart: it is stored with the target.
    await world.restart()
    chmodSync(file, 0o644)
    const before = readFileSync(file, 'utf8')
    await renewed(world)
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['failing']), LONG)
    expect(world.delivery.view().failing[0]?.sentence).toMatch(/mode 0644, .* edit this delivery/)
    expect(readFileSync(file, 'utf8')).toBe(before)
    const check = await world.delivery.targets.checkFile({ path: file, targetId })
    expect(check.remarks.map(({ confirm }) => confirm)).toEqual(['changed', 'readable-by-others'])
    const again = (confirmed: readonly FileOddity[]) =>
      world.delivery.targets.save({
        profileId: 'one',
        targetId,
        target: { ...envFile(file), confirmed } as Input<'delivery.save'>['target'],
      })
    await expect(again(['readable-by-others'])).rejects.toMatchObject({ field: 'confirmed' })
    await again(['readable-by-others', 'changed'])
    await holds(file, world.tokenOf('one'))
  })

  test('takes what a killed writer left beside its file with it, and leaves the file', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    const id = await saved(world, 'one', envFile(file))
    await holds(file, world.tokenOf('one'))
    await prepareReplacement(file, Buffer.from('TOKEN=half'), null)
    await world.delivery.targets.remove(id)
    expect(readdirSync(world.folder).filter((name) => name.includes('.env'))).toEqual(['.env'])
  })

  test('can be changed and removed; each change is a new revision of the view', async () => {
    const world = await delivering()
    const id = await saved(world, 'one', envFile(join(world.folder, '.env')))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    const { revision } = world.delivery.view()
    const other = join(world.folder, 'other.env')
    await world.delivery.targets.save({
      profileId: 'one',
      targetId: id,
      target: envFile(other),
    })
    await holds(other, world.tokenOf('one'))
    expect(world.delivery.view().revision).toBeGreaterThan(revision)
    await world.delivery.targets.remove(id)
    expect([world.delivery.view().targets, (await world.vault.deliveries.load()).targets]).toEqual([0, []])
    await expect(world.delivery.targets.remove(id)).rejects.toThrow('already removed')
  })

  test('that is changed while it is being removed is gone, here and in the vault', async () => {
    const world = await delivering(null, slow)
    const id = await saved(world, 'one', command('true'))
    const removal = world.delivery.targets.remove(id)
    const edited = { profileId: 'one', targetId: id, target: command('false') }
    await expect(world.delivery.targets.save(edited)).rejects.toThrow('already removed')
    await removal
    expect(world.delivery.targets.ofProfile('one').targets).toEqual([])
    expect((await world.vault.deliveries.load()).targets).toEqual([])
  })

  test('of two profiles may share a file by two names, and neither is lost', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await Promise.all([
      saved(world, 'one', envFile(file, { name: 'ONE' })),
      saved(world, 'two', envFile(file, { name: 'TWO' })),
    ])
    await vi.waitFor(() => {
      const lines = readFileSync(file, 'utf8').trim().split('\n').sort()
      expect(lines).toEqual([`ONE=${world.tokenOf('one')}`, `TWO=${world.tokenOf('two')}`])
    }, LONG)
  })
})

describe('changes of targets', () => {
  test('come one after the other, each over what is there by then', async () => {
    const world = await delivering()
    const { change } = world.delivery
    const steps: string[] = []
    const targets = () => world.delivery.targets.ofProfile('one').targets.length
    const [begun, gate] = [signal(), signal()]
    const first = change(
      async () => {},
      async () => {
        begun.emit()
        await gate.wait
        await world.delivery.current()?.save(
          {
            id: 'x',
            profileId: 'one',
            createdAt: 0,
            spec: { kind: 'hook', command: 'true', pass: 'stdin', timeLimit: 1_000 },
          },
          async () => {},
        )
        steps.push('stored')
      },
    )
    await begun.wait
    const second = change(
      async () => {
        steps.push(`found ${targets()}`)
        return targets()
      },
      async (found) => void steps.push(`removes ${found}`),
    )
    await vi.waitFor(() => expect(steps).toEqual(['found 0']))
    gate.emit()
    await Promise.all([first, second])
    expect(steps).toEqual(['found 0', 'stored', 'found 1', 'removes 1'])
  })

  test('that fail hold up none of the others', async () => {
    const world = await delivering()
    const failing = world.delivery.change(
      async () => {},
      async () => {
        throw new Error('no')
      },
    )
    await expect(failing).rejects.toThrow('no')
    await saved(world, 'one', command('true'))
  })
})

/** Something that has happened. */
function signal() {
  let emit = () => {}
  const wait = new Promise<void>((resolve) => {
    emit = resolve
  })
  return { wait, emit }
}

describe('a target is refused', () => {
  test('with the name of who writes there already, whichever way the file is called', async () => {
    const world = await delivering()
    const real = join(world.folder, 'real')
    mkdirSync(real)
    symlinkSync(real, join(world.folder, 'link'))
    await saved(world, 'one', envFile(join(real, '.env')))
    for (const path of [join(real, '.env'), join(world.folder, 'link', '.env'), `${real}/../real/./.env`]) {
      await expect(save(world, 'two', envFile(path))).rejects.toMatchObject({
        message: '“Profile one” already writes TOKEN to this file. Choose another name or file.',
        field: 'accessTokenName',
      })
    }
    await expect(
      save(world, 'two', envFile(join(real, '.env'), { name: 'A', refresh: 'TOKEN' })),
    ).rejects.toThrow('Profile one')
    await expect(save(world, 'one', envFile(join(real, '.env')))).rejects.toThrow('This service app already')
    const other = envFile(join(real, 'other.env'))
    const both = await Promise.allSettled([save(world, 'one', other), save(world, 'two', other)])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('when its path is not whole, its file is odd and unconfirmed, or its names are one', async () => {
    const world = await delivering()
    await expect(save(world, 'one', envFile('.env'))).rejects.toMatchObject({ field: 'path' })
    const file = join(world.folder, '.env')
    await expect(save(world, 'one', envFile(file, { refresh: 'TOKEN' }))).rejects.toMatchObject({
      field: 'refreshTokenName',
    })
    for (const name of ['1A', 'A=B\nC', 'A;B', '$(id)', '']) {
      await expect(save(world, 'one', envFile(file, { name }))).rejects.toMatchObject({
        field: 'accessTokenName',
        message: expect.stringContaining('begins with no digit'),
      })
      await expect(save(world, 'one', envFile(file, { refresh: name }))).rejects.toMatchObject({
        field: 'refreshTokenName',
      })
    }
    writeFileSync(join(world.folder, 'real'), '')
    symlinkSync(join(world.folder, 'real'), file)
    chmodSync(join(world.folder, 'real'), 0o600)
    const refusal = save(world, 'one', envFile(file))
    await expect(refusal).rejects.toMatchObject({
      field: 'confirmed',
      message: expect.stringContaining('link'),
    })
    await world.delivery.targets.save({
      profileId: 'one',
      targetId: null,
      target: { ...envFile(file), confirmed: ['symlink'] } as Input<'delivery.save'>['target'],
    })
    await expect(save(world, 'one', envFile(world.folder))).rejects.toMatchObject({ field: 'path' })
  })

  test('when its file is one of the app’s own, by whichever path; another one beside them can be written', async () => {
    const world = await delivering()
    const data = join(world.folder, 'data')
    mkdirSync(join(data, 'vault'), { recursive: true })
    mkdirSync(join(data, 'env'))
    symlinkSync(join(data, 'vault'), join(world.folder, 'link'))
    const own = ['data/preferences.json', 'data/vault/.env', 'data/env/../vault/.env', 'link/.env']
    for (const name of own) {
      const file = join(world.folder, name)
      await expect(save(world, 'one', envFile(file))).rejects.toThrow('is one of the app’s own files')
      expect((await world.delivery.targets.checkFile({ path: file, targetId: null })).remarks).toEqual([
        { confirm: null, sentence: expect.stringContaining('Choose another one.') },
      ])
    }
    await saved(world, 'one', envFile(join(data, 'env', '.env')))
    await holds(join(data, 'env', '.env'), world.tokenOf('one'))
    expect(readdirSync(join(data, 'vault'))).toEqual([])
  })

  test('when the same command runs already', async () => {
    const world = await delivering()
    await saved(world, 'one', command('true'))
    await expect(save(world, 'one', command('true'))).rejects.toMatchObject({ field: 'command' })
    await saved(world, 'two', command('true'))
  })

  test('when its profile or itself is not there, or is of another kind', async () => {
    const world = await delivering()
    await expect(save(world, 'nobody', command('true'))).rejects.toMatchObject({ code: 'not-found' })
    const id = await saved(world, 'one', command('true'))
    const change = (profileId: string, targetId: string, target: object) =>
      world.delivery.targets.save({ profileId, targetId, target: target as never })
    await expect(change('one', 'nothing', command('false'))).rejects.toMatchObject({ code: 'not-found' })
    await expect(change('two', id, command('false'))).rejects.toMatchObject({ code: 'invalid' })
    await expect(change('one', id, envFile(join(world.folder, '.env')))).rejects.toMatchObject({
      code: 'invalid',
    })
  })
})

describe('a person who asks', () => {
  test('has all of a profile delivered, and learns of how many', async () => {
    const world = await delivering()
    const file = join(world.folder, '.env')
    await saved(world, 'one', envFile(file))
    await saved(world, 'one', command('exit 1'))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered', 'failing']), LONG)
    rmSync(file)
    expect(await world.delivery.targets.deliver({ profileId: 'one', targetId: null })).toEqual({
      delivered: 1,
      unverified: 0,
      of: 2,
    })
    await holds(file, world.tokenOf('one'))
    expect(await world.delivery.targets.deliver({ profileId: 'two', targetId: null })).toEqual({
      delivered: 0,
      unverified: 0,
      of: 0,
    })
  })

  test('gets a token that works: an expired one is renewed first, and a command then runs once', async () => {
    const world = await delivering()
    const runs = join(world.folder, 'runs')
    const profile = nn(world.engine().fleet().profiles.get('one'))
    const pair = { ...nn(profile.pair), expiresAt: world.clock.now() + HOUR }
    await world.engine().apply([
      { kind: 'profile-saved', profile: { ...profile, paused: true } },
      { kind: 'profile-pair', profileId: 'one', pair },
    ])
    await saved(world, 'one', command(`printf "%s\\n" "$WEBEX_SERVICE_APP_ACCESS_TOKEN" >> ${runs}`))
    await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered']), LONG)
    const old = world.tokenOf('one')
    await world.clock.advance(2 * HOUR)
    expect(world.tokenOf('one')).toBe(old)
    expect(await world.delivery.targets.deliver({ profileId: 'one', targetId: null })).toEqual({
      delivered: 1,
      unverified: 0,
      of: 1,
    })
    expect(readFileSync(runs, 'utf8')).toBe(`${old}\n${world.tokenOf('one')}\n`)
  })

  test('exports the token once, and the rest of the file stays', async () => {
    const world = await delivering()
    expect(await world.delivery.targets.exportEnv('one')).toBeNull()
    world.chosen = join(world.folder, '.env')
    writeFileSync(world.chosen, '# mine\nA=1\n', { mode: 0o600 })
    expect(await world.delivery.targets.exportEnv('one')).toEqual({ path: world.chosen })
    expect(readFileSync(world.chosen, 'utf8')).toBe(
      `# mine\nA=1\nWEBEX_SERVICE_APP_ACCESS_TOKEN=${world.tokenOf('one')}\n`,
    )
    expect(world.delivery.view().targets).toBe(0)
    symlinkSync(world.chosen, join(world.folder, 'link'))
    world.chosen = join(world.folder, 'link')
    await expect(world.delivery.targets.exportEnv('one')).rejects.toThrow(/confirm it\.$/)
  })
})

test('no view and no log holds a token', async () => {
  const world = await delivering()
  await saved(world, 'one', envFile(join(world.folder, '.env'), { refresh: 'REFRESH' }))
  await saved(world, 'one', command('echo x; exit 1'))
  await vi.waitFor(() => expect(stateOf(world)).toEqual(['delivered', 'failing']), LONG)
  const { pair } = nn(world.engine().fleet().profiles.get('one'))
  const shown = JSON.stringify([
    world.delivery.view(),
    world.delivery.targets.ofProfile('one'),
    world.logged,
    await world.vault.deliveries.load(),
  ])
  for (const secret of [pair?.accessToken, pair?.refresh?.token]) {
    expect(shown).not.toContain(nn(secret).reveal())
  }
  expect(readFileSync(join(world.folder, '.env'), 'utf8')).toContain(nn(pair?.refresh?.token).reveal())
})

describe('the webhook', () => {
  test('is confirmed once: whoever comes second is told so, and the secret of the first stays valid', async () => {
    const world = await delivering()
    const held = { url: new Secret('https://example.com/hook'), secret: new Secret('c2VjcmV0'), held: true }
    await world.vault.webhook.save(held)
    await world.delivery.webhook.reload(world.vault.webhook)
    const [first, second] = await Promise.allSettled([
      world.delivery.webhook.confirmed(),
      world.delivery.webhook.confirmed(),
    ])
    expect(second).toMatchObject({ status: 'rejected', reason: { message: /already confirmed/ } })
    const stored = (await world.vault.webhook.load())?.secret.reveal()
    expect(first.status === 'fulfilled' && first.value.reveal()).toBe(`whsec_${stored}`)
  })

  test('keeps a new address and a new secret that are stored at the same moment', async () => {
    const world = await delivering(null, slow)
    await world.delivery.webhook.save('https://example.com/one')
    await Promise.all([
      world.delivery.webhook.renewSecret(),
      world.delivery.webhook.save('https://example.com/two'),
    ])
    const stored = await world.vault.webhook.load()
    expect(stored?.url?.reveal()).toBe('https://example.com/two')
    expect(`whsec_${stored?.secret.reveal()}`).toBe(world.copied.at(-1))
  })

  async function receiver() {
    const bodies: string[] = []
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString('utf8')))
      request.on('end', () => response.writeHead(204).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
  }

  test('is told of what a person is told of, also after a restart', async () => {
    const world = await delivering()
    const { bodies, url } = await receiver()
    await world.delivery.webhook.save(url)
    await world.restart()
    expect(world.delivery.view().webhook).toEqual({ url, held: false, last: null })
    const alert = {
      key: 'k',
      level: 'warning',
      title: 'T',
      about: '',
      body: 'B',
      profileIds: ['one'],
      fix: null,
    } as const
    world.delivery.alerted({ raise: [alert], recovered: [] }, world.engine().view())
    await vi.waitFor(() => expect(bodies).toHaveLength(1), LONG)
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      event: 'alert.raised',
      profiles: [{ name: 'Profile one', orgId: 'org-one' }],
    })
  })

  test('goes on as before where it is read again and is the same', async () => {
    const world = await delivering()
    const { url } = await receiver()
    await world.delivery.webhook.save(url)
    await world.delivery.webhook.test()
    const { last } = world.delivery.view().webhook
    expect(last).not.toBeNull()
    await world.delivery.webhook.reload(world.vault.webhook)
    expect(world.delivery.view().webhook.last).toEqual(last)
    await world.vault.webhook.save({ url: null, secret: new Secret('other'), held: false })
    await world.delivery.webhook.reload(world.vault.webhook)
    expect(world.delivery.view().webhook).toMatchObject({ url: null, last: null })
  })

  test('can be tested, and its secret copied and renewed, but never seen', async () => {
    const world = await delivering()
    const { url } = await receiver()
    expect(() => world.delivery.webhook.copySecret()).toThrow('address')
    await expect(world.delivery.webhook.test()).rejects.toThrow('address')
    await expect(world.delivery.webhook.save('http://example.com/')).rejects.toMatchObject({ field: 'url' })
    await world.delivery.webhook.save(url)
    expect(await world.delivery.webhook.test()).toEqual({
      delivered: true,
      sentence: 'Delivered (HTTP 204).',
    })
    world.delivery.webhook.copySecret()
    await world.delivery.webhook.renewSecret()
    const [first, second] = world.copied
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(second).toMatch(/^whsec_/)
    expect(second).not.toBe(first)
    const shown = JSON.stringify([world.delivery.view(), world.logged])
    for (const secret of world.copied) expect(shown).not.toContain(secret.slice(6))
    await world.delivery.webhook.save(null)
    expect(world.delivery.view().webhook.url).toBeNull()
    await world.delivery.webhook.save(url)
    world.delivery.webhook.copySecret()
    expect(world.copied.at(-1)).toBe(second)
  })
})

function nn<T>(value: T | null | undefined): T {
  if (value == null) throw new Error('it is there')
  return value
}
