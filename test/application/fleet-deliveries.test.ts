// Fleet deliveries over a real engine, a real vault and real files; only Webex and time are the test's own.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { requests } from '#contract/contract.ts'
import { SECRET_STORES } from '#contract/secret-stores.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { makeApp, makeProfile, pairOf } from '../engine/support/world.ts'
import { command, type Delivering, delivering, envFile } from './support/delivering.ts'
import { deliversBesideBadFolder } from './support/fleet-scene.ts'

const LONG = 20_000
const allOf = (world: Delivering, path: string) => ({
  id: null,
  appId: null,
  target: envFile(join(world.folder, path)),
})
const holds = (file: string, token: string) =>
  vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe(`TOKEN=${token}\n`), LONG)
const fleet = (world: Delivering) => world.delivery.fleetDeliveries
const listed = async (world: Delivering) => (await fleet(world).list()).deliveries

function added(world: Delivering, id: string, change: Partial<Parameters<typeof makeProfile>[0]> = {}) {
  const profile = makeProfile({
    id,
    name: `Profile ${id}`,
    targetOrgId: `org-${id}`,
    pair: pairOf(world.cloud.issue(`APP_a@org-${id}`, 'client-a')),
    ...change,
  })
  return world.engine().apply([{ kind: 'profile-saved', profile }])
}

describe('a fleet delivery', () => {
  test('gives each customer a place of its own, the future ones as well, and follows each renewal', async () => {
    const world = await delivering()
    await fleet(world).save(allOf(world, '{app}-{orgId}.env'))
    const fileOf = (id: string) => join(world.folder, `profile-${id}-org-${id}.env`)
    for (const id of ['one', 'two']) await holds(fileOf(id), world.tokenOf(id))
    await added(world, 'three')
    await holds(fileOf('three'), world.tokenOf('three'))
    await world.engine().refresh('one', 'manual')
    await holds(fileOf('one'), world.tokenOf('one'))
    await vi.waitFor(
      async () => expect((await listed(world))[0]).toMatchObject({ customers: 3, delivered: 3 }),
      LONG,
    )
  })

  test('of one service app leaves the others alone', async () => {
    const world = await delivering()
    await world.engine().apply([{ kind: 'service-app-saved', serviceApp: makeApp('b') }])
    await added(world, 'other', { serviceAppId: 'app-b' })
    await fleet(world).save({ ...allOf(world, '{orgId}.env'), appId: 'APP_b' })
    await holds(join(world.folder, 'org-other.env'), world.tokenOf('other'))
    expect(existsSync(join(world.folder, 'org-one.env'))).toBe(false)
    expect((await listed(world))[0]).toMatchObject({ customers: 1, appName: 'Profile other' })
  })

  test('is there after a restart, and finishes what a kill left undone', async () => {
    const world = await delivering()
    const { id } = await fleet(world).save(allOf(world, '{orgId}.env'))
    await holds(join(world.folder, 'org-two.env'), world.tokenOf('two'))
    // As if the app had been killed before it stored the second target.
    await world.vault.deliveries.remove(`fleet:${id}:two`)
    rmSync(join(world.folder, 'org-two.env'))
    await world.restart()
    await holds(join(world.folder, 'org-two.env'), world.tokenOf('two'))
    expect(await listed(world)).toHaveLength(1)
  })

  test('that is changed moves all of its targets; one that is removed leaves what it wrote', async () => {
    const world = await delivering()
    const { id } = await fleet(world).save(allOf(world, '{orgId}.env'))
    await holds(join(world.folder, 'org-one.env'), world.tokenOf('one'))
    await fleet(world).save({ ...allOf(world, '{orgId}.new'), id })
    await holds(join(world.folder, 'org-one.new'), world.tokenOf('one'))
    expect(world.delivery.targets.ofProfile('one').targets).toHaveLength(1)
    await fleet(world).remove(id)
    expect(world.delivery.targets.ofProfile('one').targets).toEqual([])
    expect((await world.vault.deliveries.load()).targets).toEqual([])
    expect(await listed(world)).toEqual([])
    await holds(join(world.folder, 'org-one.new'), world.tokenOf('one'))
    await added(world, 'late')
    expect(existsSync(join(world.folder, 'org-late.new'))).toBe(false)
  })

  test('whose customers would share a place is refused, before anything is written', async () => {
    const world = await delivering()
    const shared = allOf(world, 'same.env')
    expect(await fleet(world).preview(shared)).toMatchObject({
      customers: 1,
      problem: expect.stringContaining('would share its place with'),
    })
    await expect(fleet(world).save(shared)).rejects.toThrow('Use {app}, {customer} or {orgId}')
    expect(existsSync(join(world.folder, 'same.env'))).toBe(false)
    // A delivery of its own counts too.
    const file = join(world.folder, 'org-one.env')
    await world.delivery.targets.save({ profileId: 'two', targetId: null, target: envFile(file) })
    await expect(fleet(world).save(allOf(world, '{orgId}.env'))).rejects.toThrow('with another delivery')
  })

  test('gives a later customer nothing where another has its place, and says so', async () => {
    const world = await delivering()
    await fleet(world).save(allOf(world, '{app}.env'))
    await added(world, 'copy', { name: 'Profile one' })
    await vi.waitFor(async () => {
      const [{ problem } = { problem: null }] = await listed(world)
      expect(problem).toContain('would share its place with')
    }, LONG)
    await holds(join(world.folder, 'profile-one.env'), world.tokenOf('one'))
    expect(world.delivery.targets.ofProfile('copy').targets).toEqual([])
  })

  test('leaves a customer its place when another is given the same name, and passes it on when that is free', async () => {
    const world = await delivering()
    await fleet(world).save(allOf(world, '{app}.env'))
    const file = join(world.folder, 'profile-two.env')
    await holds(file, world.tokenOf('two'))
    const one = world.engine().fleet().profiles.get('one')
    if (one === undefined) throw new Error('no profile')
    await world.engine().apply([{ kind: 'profile-saved', profile: { ...one, name: 'Profile two' } }])
    await vi.waitFor(() => expect(world.delivery.targets.ofProfile('one').targets).toEqual([]), LONG)
    expect(world.delivery.targets.ofProfile('two').targets).toHaveLength(1)
    await holds(file, world.tokenOf('two'))
    // The engine tells of changes at most every 100 ms.
    await world.clock.advance(200)
    await world.engine().apply([{ kind: 'profile-removed', profileId: 'two' }])
    await world.clock.advance(200)
    await holds(file, world.tokenOf('one'))
    expect((await listed(world))[0]).toMatchObject({ problem: null })
  })

  test('whose customers share a file by other spellings, or a secret whose keys replace each other, is refused', async () => {
    const world = await delivering()
    const spelled = { ...allOf(world, ''), target: envFile(`${world.folder}/{orgId}/../same.env`) }
    await expect(fleet(world).save(spelled)).rejects.toThrow('would share its place with')
    const { command: text } = SECRET_STORES.vault.commands({
      address: 'https://vault.example.com',
      mount: 'secret',
      path: 'webex',
      key: '{orgId}',
    })
    const target = { ...command(text), store: 'vault' }
    await expect(fleet(world).save({ id: null, appId: null, target })).rejects.toThrow(
      'would share its place with',
    )
  })

  test('has no place of a store beside a delivery of another customer to it', async () => {
    const world = await delivering()
    const target = { ...command('true'), store: 'kubernetes' }
    await world.delivery.targets.save({ profileId: 'one', targetId: null, target })
    await expect(world.delivery.targets.save({ profileId: 'two', targetId: null, target })).rejects.toThrow(
      'already writes there',
    )
    await world.delivery.targets.save({ profileId: 'two', targetId: null, target: command('true') })
  })

  test.each(['one', 'two'])(
    'of a path in Vault leaves no room for another key of it for %s',
    async (profileId) => {
      const world = await delivering()
      const target = (key: string) => {
        const at = { address: 'https://vault.example.com', mount: 'secret', path: 'webex', key }
        return { ...command(SECRET_STORES.vault.commands(at).command), store: 'vault' }
      }
      const { targets } = world.delivery
      await targets.save({ profileId: 'one', targetId: null, target: target('one') })
      await expect(targets.save({ profileId, targetId: null, target: target('two') })).rejects.toThrow(
        'already writes there',
      )
    },
  )

  test('can be asked for by the window: its targets and real App IDs fit into the requests', () => {
    const uuid = '0e5b1b1c-8f0e-4b5e-9c55-1f2f7d1c9a10'
    const targetId = `fleet:${uuid}:${uuid}`
    expect(requests['delivery.runs'].safeParse({ targetId }).success).toBe(true)
    expect(requests['delivery.deliver'].safeParse({ profileId: uuid, targetId }).success).toBe(true)
    const appId = Buffer.from(`ciscospark://us/APPLICATION/C${'a'.repeat(64)}`).toString('base64')
    const input = { id: uuid, appId, target: envFile('/srv/{orgId}/.env') }
    expect(requests['fleet-delivery.preview'].safeParse(input).success).toBe(true)
    expect(requests['fleet-delivery.save'].safeParse(input).success).toBe(true)
  })

  test('cannot be led elsewhere, or into a command, by the name of a customer', async () => {
    const world = await delivering()
    const names = ['../../etc/cron.d/x', '$(touch pwned)', "'; touch pwned; '", 'Zoë & Söhne', '日本']
    for (const [n, orgName] of names.entries()) await added(world, `n${n}`, { orgName })
    const places = async (target: ReturnType<typeof command>) => {
      const { id } = await fleet(world).save({ id: null, appId: null, target })
      const { customers } = await fleet(world).customers(id)
      return customers.slice(2).map(({ place }) => place)
    }
    expect(await places(command('put {customer} {{.data}} {other}'))).toEqual(
      ['etc-cron-d-x', 'touch-pwned', 'touch-pwned', 'zoe-sohne', 'org-n4'].map(
        (name) => `put ${name} {{.data}} {other}`,
      ),
    )
    expect(await places(envFile(join(world.folder, '{orgId}', '{customer}.env')))).toEqual(
      ['n0/etc-cron-d-x', 'n1/touch-pwned', 'n2/touch-pwned', 'n3/zoe-sohne', 'n4/org-n4'].map((name) =>
        join(world.folder, `org-${name}.env`),
      ),
    )
  })

  test.skipIf(process.platform === 'win32').each([
    ['already', false],
    ['later', true],
  ])(
    'writes over no token where a link has changed before the first delivery, to a customer that has one %s',
    async (_, waits) => {
      const world = await delivering()
      const pairFor = (id: string) => pairOf(world.cloud.issue(`APP_a@org-${id}`, 'client-a'))
      const gives = async (id: string) => {
        await world.engine().apply([{ kind: 'profile-pair', profileId: id, pair: pairFor(id) }])
        // The engine tells of changes at most every 100 ms.
        await world.clock.advance(200)
      }
      for (const id of ['one', 'two', 'a', 'b']) mkdirSync(join(world.folder, `org-${id}`))
      const waiting = { pair: null, paused: true }
      await added(world, 'a', waits ? waiting : {})
      await added(world, 'b', waiting)
      await fleet(world).save(allOf(world, '{orgId}/.env'))
      const file = join(world.folder, 'org-a', '.env')
      if (!waits) await holds(file, world.tokenOf('a'))
      rmSync(join(world.folder, 'org-b'), { recursive: true })
      symlinkSync(join(world.folder, 'org-a'), join(world.folder, 'org-b'))
      await gives('a')
      await holds(file, world.tokenOf('a'))
      const before = world.tokenOf('a')
      await world.restart()
      await gives('b')
      const ofB = () => world.delivery.targets.ofProfile('b').targets[0]
      await vi.waitFor(() =>
        expect(ofB()?.failure?.sentence).toContain('Another delivery already writes TOKEN'),
      )
      await holds(file, before)
      // Where the link is corrected it is delivered.
      rmSync(join(world.folder, 'org-b'))
      mkdirSync(join(world.folder, 'org-b'))
      await world.clock.advance(120_000)
      await holds(join(world.folder, 'org-b', '.env'), world.tokenOf('b'))
    },
  )

  test('keeps its targets from being changed or removed one by one', async () => {
    const world = await delivering()
    await fleet(world).save(allOf(world, '{orgId}.env'))
    const [target] = world.delivery.targets.ofProfile('one').targets
    expect(target?.isOfFleet).toBe(true)
    const targetId = target?.id ?? ''
    await expect(world.delivery.targets.remove(targetId)).rejects.toThrow('belongs to a fleet delivery')
    const elsewhere = envFile(join(world.folder, 'elsewhere.env'))
    await expect(
      world.delivery.targets.save({ profileId: 'one', targetId, target: elsewhere }),
    ).rejects.toThrow('belongs to a fleet delivery')
    const same = envFile(join(world.folder, 'org-one.env'))
    await world.delivery.targets.save({ profileId: 'one', targetId, target: same })
  })

  test('that is held makes no target and takes none away, until a person confirms it', async () => {
    const world = await delivering()
    await fleet(world).save(allOf(world, '{orgId}.env'))
    // Noted as delivered as well: a later note would end the hold.
    await vi.waitFor(async () => expect((await listed(world))[0]).toMatchObject({ delivered: 2 }), LONG)
    const all = await world.vault.fleetDeliveries.load()
    await world.vault.fleetDeliveries.save(all.map((one) => ({ ...one, held: true })))
    for (const { target } of (await world.vault.deliveries.load()).targets) {
      await world.vault.deliveries.save(target, true)
    }
    await world.restart()
    await added(world, 'three')
    await world.engine().refresh('one', 'manual')
    expect((await listed(world))[0]).toMatchObject({ held: true, customers: 3, delivered: 0, failing: 2 })
    expect(existsSync(join(world.folder, 'org-three.env'))).toBe(false)
    await fleet(world).confirm(all[0]?.id ?? '')
    for (const id of ['one', 'two', 'three'])
      await holds(join(world.folder, `org-${id}.env`), world.tokenOf(id))
    expect((await listed(world))[0]).toMatchObject({ held: false })
  })

  test('that is held and saved anew delivers to the customers it had', async () => {
    const world = await delivering()
    const { id } = await fleet(world).save(allOf(world, '{orgId}.env'))
    // Noted as delivered as well: a later note would end the hold.
    await vi.waitFor(async () => expect((await listed(world))[0]).toMatchObject({ delivered: 2 }), LONG)
    const all = await world.vault.fleetDeliveries.load()
    await world.vault.fleetDeliveries.save(all.map((one) => ({ ...one, held: true })))
    for (const { target } of (await world.vault.deliveries.load()).targets) {
      await world.vault.deliveries.save(target, true)
    }
    await world.restart()
    await fleet(world).save({ ...allOf(world, '{orgId}.env'), id })
    await vi.waitFor(
      async () => expect((await listed(world))[0]).toMatchObject({ held: false, delivered: 2, failing: 0 }),
      LONG,
    )
  })

  test('leaves no target behind when one of them is saved or removed while it is removed or changed', async () => {
    const world = await delivering()
    const { id } = await fleet(world).save(allOf(world, '{orgId}.env'))
    await holds(join(world.folder, 'org-one.env'), world.tokenOf('one'))
    const [{ id: targetId } = { id: '' }] = world.delivery.targets.ofProfile('one').targets
    const same = { profileId: 'one', targetId, target: envFile(join(world.folder, 'org-one.env')) }
    const [moved, late] = await Promise.allSettled([
      fleet(world).save({ ...allOf(world, '{orgId}.new'), id }),
      world.delivery.targets.save(same),
    ])
    expect(moved).toMatchObject({ status: 'fulfilled' })
    // Whichever was first: the template decides.
    expect(late.status === 'fulfilled' || String(late.reason)).toMatch(/^true$|belongs to a fleet delivery/)
    await holds(join(world.folder, 'org-one.new'), world.tokenOf('one'))
    const held = { ...same, target: envFile(join(world.folder, 'org-one.new')) }
    await Promise.allSettled([
      fleet(world).remove(id),
      world.delivery.targets.save(held),
      world.delivery.targets.save({ ...held, targetId: `fleet:${id}:two`, profileId: 'two' }),
    ])
    expect((await world.vault.deliveries.load()).targets).toEqual([])
    expect([...(world.delivery.current()?.targets.all() ?? [])]).toEqual([])
  })

  test.each([
    ['a customer', 'saveAll', 'while it runs'],
    ['a customer', 'saveAll', 'at the next start'],
    ['what is removed', 'removeAll', 'while it runs'],
    ['what is removed', 'removeAll', 'at the next start'],
  ] as const)(
    'whose %s could not be stored by %s is brought up to date once that works, %s',
    async (what, method, when) => {
      let isBroken = false
      const world = await delivering(null, (vault) => {
        const broken =
          (store: (ids: never) => Promise<void>) =>
          async (...rows: [never]) => {
            if (isBroken) throw new StoreFailure('disk-full', 'The disk is full.')
            await store(...rows)
          }
        return { ...vault, deliveries: { ...vault.deliveries, [method]: broken(vault.deliveries[method]) } }
      })
      const file = join(world.folder, 'org-one.env')
      isBroken = what === 'a customer'
      // It is stored itself: whoever pressed the button again would make a second one.
      const { id } = await fleet(world).save(allOf(world, '{orgId}.env'))
      if (what === 'a customer')
        expect((await listed(world))[0]).toMatchObject({ delivered: 0, customers: 2 })
      else {
        await holds(file, world.tokenOf('one'))
        isBroken = true
        await world.engine().apply([{ kind: 'service-app-saved', serviceApp: makeApp('b') }])
        await fleet(world).save({ ...allOf(world, '{orgId}.env'), id, appId: 'APP_b' })
        expect(world.delivery.targets.ofProfile('one').targets).toHaveLength(1)
      }
      await world.clock.advance(30_000)
      if (when === 'at the next start') await world.restart()
      isBroken = false
      await (when === 'at the next start' ? world.restart() : world.clock.advance(30_000))
      if (what === 'a customer') await holds(file, world.tokenOf('one'))
      else await vi.waitFor(() => expect(world.delivery.targets.ofProfile('one').targets).toEqual([]), LONG)
    },
  )

  test.skipIf(process.platform === 'win32').each([
    ['a linked folder', 'linked/{app}.env', 'real/profile-two.env'],
    ['a linked folder that is gone', 'linked/later/{app}.env', 'real/later/profile-two.env'],
    ['a link to the file', '{app}.env', 'elsewhere.env'],
    ['a link to a file that is not there', '{app}.new', 'nowhere.env'],
  ])('takes no place of another delivery by %s', async (_, template, taken) => {
    const world = await delivering()
    mkdirSync(join(world.folder, 'real', 'later'), { recursive: true })
    symlinkSync(join(world.folder, 'real'), join(world.folder, 'linked'))
    writeFileSync(join(world.folder, 'elsewhere.env'), '')
    symlinkSync('elsewhere.env', join(world.folder, 'profile-two.env'))
    symlinkSync('nowhere.env', join(world.folder, 'profile-two.new'))
    const file = join(world.folder, taken)
    await world.delivery.targets.save({ profileId: 'one', targetId: null, target: envFile(file) })
    rmSync(join(world.folder, 'real', 'later'), { recursive: true })
    await expect(fleet(world).save(allOf(world, template))).rejects.toThrow('with another delivery')
    await fleet(world).save({
      ...allOf(world, template),
      target: envFile(join(world.folder, template), { name: 'OTHER' }),
    })
  })

  test('takes no variable of another delivery for its refresh tokens', async () => {
    const world = await delivering()
    const file = join(world.folder, 'org-one.env')
    await world.delivery.targets.save({ profileId: 'two', targetId: null, target: envFile(file) })
    const target = (name: string, refresh: string) => ({
      ...allOf(world, ''),
      target: envFile(join(world.folder, '{orgId}.env'), { name, refresh }),
    })
    await expect(fleet(world).save(target('ACCESS', 'TOKEN'))).rejects.toThrow('with another delivery')
    await fleet(world).save(target('ACCESS', 'REFRESH'))
  })

  test('that fails in one folder is one problem, which names the customers of that folder', () =>
    deliversBesideBadFolder(40, 12))
})
