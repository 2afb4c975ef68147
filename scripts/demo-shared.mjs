// The demo of a shared vault: two servers and the app's window on one PostgreSQL, against the simulated Webex. The server that
// renews is killed after a while and the other one takes over. Everything is gone when the window is closed.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { _electron } from 'playwright'
import { PATIENCE } from './demo/app.mjs'
import { satm, startShared } from './demo/shared-servers.mjs'
import { projectRoot } from './project.mjs'
import { sandboxArguments } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

/** ms. How long both servers and the window are watched before one is killed, and after the other one took over. */
const WATCHED = 30_000

/** @typedef {Awaited<ReturnType<typeof startShared>>} Shared */
/** @typedef {import('./demo/shared-servers.mjs').Computer} Computer */
/** @typedef {import('./demo/shared-servers.mjs').Server} Server */
/** @typedef {import('./demo/shared-servers.mjs').LogLine} LogLine */

/** What Ctrl-C ends: the processes beside this one, and then what they stored goes as well. */
let stop = () => {}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop())

await orExplain(async () => {
  const output = process.env.SATM_DEMO_OUTPUT || null
  if (output !== null) await mkdir(output, { recursive: true })
  say('Starting PostgreSQL, the simulated Webex and two servers …')
  const shared = await startShared()
  try {
    await play(shared, output)
  } finally {
    await shared.close()
    say('Servers, Webex and database are gone, with all that they stored.')
  }
})

/**
 * @param {Shared} shared
 * @param {string | null} output  of screenshots; null: a person watches, and closes the window
 */
async function play(shared, output) {
  const [one, two, desktop] = [
    await shared.computer('server 1'),
    await shared.computer('server 2'),
    await shared.computer('desktop'),
  ]
  await satm(one, ['vault', 'create', one.name])
  for (const computer of [two, desktop]) {
    const [key = ''] = (await satm(computer, ['vault', 'join'])).split('\n')
    await satm(one, ['vault', 'add-member', computer.name, key])
  }
  say('satm vault: server 1 made a shared vault, and added server 2 and this desktop by their public keys.')
  const first = await shared.serve(one, tell)
  await first.logged('shared-vault.leads')
  await fill(shared, one)
  const second = await shared.serve(two, tell)
  await second.logged('server.ready')

  const electron = await _electron.launch({
    executablePath: process.env.SATM_ELECTRON ?? '',
    chromiumSandbox: true,
    args: [...sandboxArguments(), projectRoot, '--demo=shared'],
    env: /** @type {Record<string, string>} */ (desktop.env),
  })
  const closed = new Promise((resolve) => electron.once('close', () => resolve('closed')))
  stop = () => void electron.close()
  try {
    const page = await electron.firstWindow()
    page.setDefaultTimeout(PATIENCE)
    const [app] = shared.webex.serviceApps
    await page.getByText(app.name).first().waitFor()
    say(
      "The app's window takes part: it shows the same service apps, and renews nothing while a server does.",
    )
    const shot = async (/** @type {string} */ name) => {
      if (output !== null) await page.screenshot({ path: path.join(output, `${name}.png`) })
    }
    await shot('shared-1-window')
    if ((await Promise.race([closed, delay(WATCHED)])) === 'closed') return
    say('Now server 1 is killed (kill -9), as if its machine had lost power.')
    const from = Date.now()
    const taken = second.logged('shared-vault.leads')
    await first.end('SIGKILL')
    if ((await Promise.race([closed, taken])) === 'closed') return
    say(`server 2 renews now: it has taken over within ${Math.round((Date.now() - from) / 1000)} s.`)
    const again = await shared.serve(one, tell)
    await again.logged('server.ready')
    say('server 1 was started again and follows.')
    console.log(await satm(two, ['vault', 'status']))
    await Promise.race([closed, delay(WATCHED)])
    if (output === null) {
      say('It continues until you close the window.')
      await closed
    } else await shot('shared-2-after-takeover')
  } finally {
    await electron.close()
  }
}

/**
 * The token manager integration and all service apps, with the first server's satm.
 * @param {Shared} shared
 * @param {Computer} computer
 */
async function fill({ webex }, computer) {
  const secret = path.join(computer.folder, 'client-secret')
  await writeFile(secret, webex.integration.clientSecret, { mode: 0o600 })
  const client = ['--client-id', webex.integration.clientId, '--client-secret-file', secret]
  await satm(computer, ['connect', ...client], async (printed) => {
    const address = /https?:\S+\/authorize\S*/.exec(printed)?.[0]
    return address === undefined ? null : consent(address)
  })
  const columns = [
    'name',
    'orgName',
    'appId',
    'clientId',
    'clientSecret',
    'targetOrgId',
    'accessToken',
    'refreshToken',
  ]
  const rows = webex.serviceApps.flatMap((/** @type {any} */ app) =>
    app.orgs.map((/** @type {any} */ org, /** @type {number} */ nth) =>
      [
        app.name,
        `Customer ${nth + 1}`,
        app.appId,
        app.clientId,
        app.clientSecret,
        org.orgId,
        org.accessToken,
        org.refreshToken,
      ].join(','),
    ),
  )
  const file = path.join(computer.folder, 'customers.csv')
  await writeFile(file, [columns.join(','), ...rows].join('\n'), { mode: 0o600 })
  await satm(computer, ['import', file])
  say(
    `server 1: connected the integration and imported ${rows.length} customers. From here on all see the same.`,
  )
}

/**
 * A person who accepts at the simulated consent page; resolves with where the browser is sent.
 * @param {string} address
 */
async function consent(address) {
  const page = await (await fetch(address)).text()
  const form = new URLSearchParams({ decision: 'accept' })
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const [, name = ''] = /name="([^"]*)"/.exec(input) ?? []
    const [, value = ''] = /value="([^"]*)"/.exec(input) ?? []
    if (name !== '') form.set(name, value)
  }
  form.set('decision', 'accept')
  const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(page) ?? []
  const answer = await fetch(new URL(action, address), { method: 'POST', body: form, redirect: 'manual' })
  return answer.headers.get('location') ?? ''
}

/**
 * @param {Server} server
 * @param {LogLine} line
 */
function tell({ computer }, line) {
  const texts = {
    attempt: () =>
      `${line.outcome === 'renewed' ? `renewed by tier ${line.tier}` : line.outcome}: ${line.name}`,
    'shared-vault.leads': () => 'leads: it renews for all',
    'shared-vault.follows': () => 'follows',
    'shared-vault.trouble': () => line.reason,
    'shared-vault.reached': () => 'has reached the database',
  }
  if (Object.hasOwn(texts, line.event))
    say(`  ${computer.name} ${texts[/** @type {keyof typeof texts} */ (line.event)]()}`)
}

/** @param {string} text */
function say(text) {
  console.log(text)
}
