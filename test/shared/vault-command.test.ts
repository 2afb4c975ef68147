// `satm vault` from its arguments to what it prints.
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { vault } from '#bootstrap/vault-command.ts'
import { readCommandLine } from '#satm/client/command-line.ts'
import { terminal } from '../satm/support/terminal.ts'
import { buildServer, SATM } from '../server/support/running-server.ts'
import { PASSPHRASE } from '../vault/support/backups.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { localVault } from './support/moved-vault.ts'
import { newDatabase, postgresOfFile } from './support/shared-vault.ts'

beforeAll(buildServer)

const postgres = postgresOfFile()

/** A computer: a folder with its files. */
function computer(url: string) {
  const folder = temporaryFolder()
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const env = {
    SATM_DATABASE_FILE: file('database', `${url}\n`),
    SATM_IDENTITY_FILE: join(folder, 'identity'),
  }
  return {
    folder,
    file,
    env,
    run: async (...args: string[]) => {
      let [out, complaint] = ['', '']
      const command = readCommandLine(['vault', ...args])
      if (command.kind !== 'vault') return { code: 2, out, complaint: JSON.stringify(command) }
      const code = await vault(command, {
        env,
        out: (text) => {
          out += text
        },
        complain: (sentence) => {
          complaint += sentence
        },
        typePassphrase: async () => null,
      })
      return { code, out, complaint }
    },
  }
}

async function anUrl(): Promise<string> {
  const { host, port, user } = postgres().connection
  const { name } = await newDatabase(postgres())
  return `postgresql://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
}

test('satm vault makes a shared vault, fills it, and adds and removes members', async () => {
  const url = await anUrl()
  const [server, laptop] = [computer(url), computer(url)]
  expect(await server.run('create', 'server 1')).toMatchObject({ code: 0, complaint: '' })
  const joining = await laptop.run('join')
  const recipient = joining.out.split('\n')[0] ?? ''
  expect(joining.out).toContain(`satm vault add-member NAME ${recipient}`)
  expect((await laptop.run('status')).complaint).toContain('not a member of the shared vault yet')
  expect(await server.run('add-member', 'laptop', recipient)).toMatchObject({ code: 0 })
  expect((await laptop.run('join')).out).toContain('is a member')

  const local = await localVault(2)
  const backup = join(server.folder, 'moved.satm-backup')
  await local.backup(backup, PASSPHRASE)
  const passphrase = ['--passphrase-file', server.file('passphrase', PASSPHRASE.reveal())]
  const moved = await server.run('move-in', backup, ...passphrase)
  expect(moved.out).toContain('2 customers and 6 history entries')
  expect(moved.out).not.toContain('took the place')
  const again = await laptop.run('move-in', backup, ...passphrase)
  expect(again.out).toContain('They took the place of 2 customers that were moved in before')
  expect((await laptop.run('status')).out).toContain('staged')
  expect((await laptop.run('activate')).out).toBe('The shared vault is in use, with 2 customers.\n')
  const status = await laptop.run('status')
  expect(status.out).toContain('active, data key 1. No computer renews at the moment.')
  expect(status.out).toMatch(/ {2}laptop \(added \d{4}-\d\d-\d\d by server 1, this computer\)/)
  expect(status.out).not.toContain('Computers:')
  const seen = `INSERT INTO nodes (id, kind, member, seq, seen_at)
    SELECT node, 'worker', members.id, 3, clock_timestamp() - age
    FROM members JOIN (VALUES ('server 1', 'tokens1 (ab12)', interval '1 s'), ('laptop', 'laptop (0a0a)', interval '2 s'),
      ('laptop', 'laptop (0b0b)', interval '9 days')) AS seen (member, node, age) ON members.name = seen.member`
  await postgres().program('psql', ['-d', new URL(url).pathname.slice(1), '-c', seen])
  const stored = '3 writes'
  const list = new RegExp(
    String.raw`\nComputers:\n {2}tokens1 \(ab12\) \(seen \d s ago, ${stored}\)\n {2}laptop \(0a0a\) \(seen \d s ago, ${stored}, this computer\)\n {2}laptop \(0b0b\) \(seen 9 d ago, ${stored}\)\n$`,
  )
  expect((await laptop.run('status')).out).toMatch(list)
  expect((await server.run('status')).out).toMatch(/tokens1 \(ab12\) \(.*, this computer\)\n {2}laptop/)
  // What somebody writes into the database does not reach the terminal as it is.
  const forged = `INSERT INTO members VALUES ('x', E'evil\\x1b[2J\\nroot', 'age1x', 0, NULL, '', '')`
  await postgres().program('psql', ['-d', new URL(url).pathname.slice(1), '-c', forged])
  const shown = (await server.run('status')).out
  expect(shown).toContain('no access: written directly into the database')
  expect(shown).not.toContain('\u001b')
  expect(shown).not.toMatch(/^root/m)
  expect((await server.run('remove-member', 'laptop')).out).toContain(
    'cannot read anything stored from now on',
  )
  expect((await laptop.run('status')).code).toBe(1)
  const out = await server.run('move-out', join(server.folder, 'out.satm-backup'), ...passphrase)
  expect(out.out).toContain('2 customers and 6 history entries')
  expect((await server.run('status')).out).toContain('moved, data key 2')
})

test('satm vault says what is wrong, and never what is secret', async () => {
  const { run, file } = computer('postgresql://satm:canary-password@db.example.com/satm?sslmode=disable')
  const refused = await run('status')
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.complaint).toContain('reached encrypted only')
  expect(refused.complaint).not.toContain('canary')
  const open = file('open', 'postgresql://satm@localhost/satm')
  chmodSync(open, 0o644)
  expect(await run('status', '--database-file', open)).toMatchObject({
    code: 2,
    complaint: expect.stringContaining('Other users can read'),
  })
  const { host, port } = postgres().connection
  const noSuch = file(
    'no-such',
    `postgresql://satm@localhost:${port}/nothing?host=${encodeURIComponent(host)}`,
  )
  expect(await run('join', '--database-file', noSuch)).toMatchObject({
    code: 1,
    complaint: expect.stringContaining('does not exist'),
  })
  const nowhere = file('nowhere', 'postgresql://satm:canary-password@127.0.0.1:1/satm')
  const unreachable = await run('join', '--database-file', nowhere)
  expect(unreachable).toMatchObject({ code: 1, complaint: expect.stringContaining('cannot be reached') })
  expect(unreachable.complaint).not.toContain('automatically')
})

test('satm vault asks for the passphrase at a terminal, twice for a new backup, and never shows it', async () => {
  const server = computer(await anUrl())
  expect(await server.run('create', 'server 1')).toMatchObject({ code: 0 })
  const local = await localVault(1)
  const backup = join(server.folder, 'moved.satm-backup')
  await local.backup(backup, PASSPHRASE)
  const at = (line: string) => {
    const env = { PATH: process.env.PATH, NODE: process.execPath, SATM, TERM: 'xterm', ...server.env }
    const it = terminal(`trap : INT; "$NODE" "$SATM" vault ${line}; echo "exit=$?"`, env)
    onTestFinished(() => it.close())
    const until = (wanted: RegExp) => expect.poll(it.shown, { timeout: 20_000 }).toMatch(wanted)
    return { ...it, until }
  }

  const moveIn = at(`move-in '${backup}'`)
  await moveIn.until(/Passphrase of the backup \(not shown\): $/)
  moveIn.type(`${PASSPHRASE.reveal()}\r`)
  await moveIn.until(/1 customers? and 3 history entries.*exit=0/s)
  expect(moveIn.shown()).not.toContain(PASSPHRASE.reveal())
  expect(await server.run('activate')).toMatchObject({ code: 0 })

  const out = join(server.folder, 'out.satm-backup')
  for (const [again, ending] of [
    ['canary other\r', /do not match\. Nothing was written\.\s+exit=2/],
    ['\u0003', /Interrupted\. Nothing was changed\.\s+exit=130/],
  ] as const) {
    const moveOut = at(`move-out '${out}'`)
    await moveOut.until(/not shown/)
    moveOut.type('canary words\r')
    await moveOut.until(/Repeat passphrase: $/)
    moveOut.type(again)
    await moveOut.until(ending)
    expect(moveOut.shown()).not.toContain('canary')
    expect(existsSync(out)).toBe(false)
  }
  expect((await server.run('status')).out).toContain('active')
}, 120_000)

test('satm vault without a terminal names the option for the passphrase', async () => {
  const server = computer(await anUrl())
  expect(await server.run('move-in', 'moved.satm-backup')).toMatchObject({
    code: 2,
    complaint: expect.stringContaining('--passphrase-file FILE'),
  })
})
