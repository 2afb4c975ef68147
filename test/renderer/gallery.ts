// Draws every screen from fake views into PNGs, to be looked at: node's own eyes are not enough for a window.
// Not a test: run it with `npm run gallery` or import it; `out` is where the pictures go.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import type { AppView } from '../../src/preload/contract.ts'
import { buildRenderer } from './build.ts'
import { installBridge } from './fake-bridge.ts'
import { attempts, fleetOf, inState, integration, NOW, troubledFleet, view } from './fake-view.ts'
import { serve } from './serve.ts'

interface Scene {
  readonly name: string
  readonly view: AppView
  readonly hash?: string
  readonly answers?: Record<string, unknown>
  readonly act?: (page: Page) => Promise<void>
}

const connected = { managers: [integration()] }
const three = view({ fleet: { ...connected, profiles: fleetOf(3, 1) } })
const forty = view({ fleet: { ...connected, profiles: fleetOf(40) } })
const trouble = view({
  fleet: {
    managers: [
      integration({
        state: 'needs-you',
        sentence: 'Its refresh token is dead.',
        refreshToken: { issuedAt: NOW, expiresAt: NOW, dead: true },
      }),
    ],
    ...troubledFleet(40),
  },
})
const openConnect = (page: Page) =>
  page.getByRole('button', { name: /^(Connect integration|Reconnect)$/ }).click()
const ok = { ok: true, value: null }

const scenes: readonly Scene[] = [
  { name: 'empty', view: view({}) },
  { name: 'three', view: three },
  { name: 'forty', view: forty },
  { name: 'five-thousand', view: view({ fleet: { ...connected, profiles: fleetOf(5000, 212) } }) },
  { name: 'trouble', view: trouble },
  {
    name: 'menu',
    view: three,
    act: (page) =>
      page
        .getByRole('button', { name: /^More / })
        .first()
        .click(),
  },
  { name: 'profile', view: forty, hash: '#/service-apps/profile-1' },
  {
    name: 'profile-trouble',
    view: view({
      fleet: {
        ...connected,
        profiles: fleetOf(3, 1).map((one, i) => (i === 0 ? inState('needs-you', one) : one)),
      },
    }),
    hash: '#/service-apps/profile-1',
  },
  { name: 'history', view: forty, hash: '#/history' },
  { name: 'settings', view: forty, hash: '#/settings' },
  { name: 'connect', view: view({}), act: openConnect },
  {
    name: 'connect-waiting',
    view: view({
      connect: {
        kind: 'waiting',
        since: NOW - 42_000,
        expiresAt: NOW + 258_000,
        redirectUri: 'http://localhost:3000/callback',
        listening: true,
        problem: null,
        portTakenBy: null,
      },
    }),
  },
  {
    name: 'connect-taken',
    view: view({
      connect: {
        kind: 'waiting',
        since: NOW,
        expiresAt: NOW + 300_000,
        redirectUri: 'http://localhost:3000/callback',
        listening: false,
        problem: 'port-taken',
        portTakenBy: 'node (process 4711)',
      },
    }),
  },
  {
    name: 'connect-personal',
    view: view({}),
    act: async (page) => {
      await openConnect(page)
      await page.getByRole('button', { name: 'Use a personal access token' }).click()
    },
  },
  {
    name: 'add',
    view: three,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add service app' }).click()
      await page.getByRole('textbox', { name: 'Name' }).fill('Orders')
      await page.getByRole('textbox', { name: 'Client ID' }).fill(three.fleet.managers[0]?.clientId ?? '')
      await page.getByRole('textbox', { name: 'App ID' }).fill(three.fleet.profiles[0]?.appId ?? '')
      await page.getByRole('textbox', { name: 'Client secret' }).fill('0123456789abcdef')
    },
  },
  {
    name: 'toasts',
    view: three,
    answers: {
      'profile.copy-token': { ok: true, value: { clearsAfterSeconds: 30, refreshedFirst: false } },
      'profile.test': {
        ok: true,
        value: {
          result: 'invalid',
          sentence: 'Webex refuses this token.',
          status: 401,
          trackingId: 'ROUTER_1',
        },
      },
      'fleet.refresh-due': ok,
    },
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Copy token / })
        .first()
        .click()
      await page
        .getByRole('button', { name: /^More / })
        .first()
        .click()
      await page.getByRole('menuitem', { name: 'Test token' }).click()
      await page.getByText('Webex refuses').waitFor()
    },
  },
  {
    name: 'signs',
    view: view({
      app: { foreignCloud: true },
      settings: { baseUrl: 'http://127.0.0.1:40123/v1', baseUrlLocked: true },
      fleet: {
        ...connected,
        profiles: fleetOf(3, 1),
        clockSkew: 14 * 60_000,
        allPausedUntil: NOW + 3_500_000,
      },
      storage: {
        kind: 'open',
        level: 'weak',
        backend: 'basic_text',
        sentence: 'No keychain protects the data.',
      },
    }),
  },
  {
    name: 'consent',
    view: view({
      storage: {
        kind: 'consent-needed',
        level: 'closed',
        sentence:
          'This system has no keyring, so stored tokens and secrets could be read by anyone who can read your files. Set a passphrase to protect them, or agree to store them unprotected.',
      },
    }),
  },
]

const sizes = {
  small: { width: 900, height: 600 },
  large: { width: 1600, height: 1000 },
  middle: { width: 1200, height: 800 },
}

export default async function gallery(
  out: string,
  only = '',
  themes = 'light,dark',
  shapes = 'middle',
): Promise<void> {
  await mkdir(out, { recursive: true })
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-gallery-'))
  await buildRenderer(folder)
  const served = await serve(folder)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    for (const scene of scenes) {
      if (only !== '' && !only.split(',').includes(scene.name)) continue
      for (const theme of themes.split(',') as ('light' | 'dark' | 'contrast')[]) {
        for (const shape of shapes.split(',') as (keyof typeof sizes)[]) {
          await draw(
            browser,
            served.url,
            scene,
            theme,
            sizes[shape],
            path.join(out, `${scene.name}-${theme}-${shape}.png`),
          )
        }
      }
    }
  } finally {
    await browser.close()
    await served.close()
    await rm(folder, { recursive: true })
  }
}

async function draw(
  browser: Browser,
  url: string,
  scene: Scene,
  theme: 'light' | 'dark' | 'contrast',
  size: { readonly width: number; readonly height: number },
  file: string,
): Promise<void> {
  const page = await browser.newPage({
    viewport: size,
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    contrast: theme === 'contrast' ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  })
  page.on('pageerror', (error) => console.log(scene.name, 'page error', error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(scene.name, message.text())
  })
  await page.clock.install({ time: NOW })
  await installBridge(page, { view: scene.view, answers: scene.answers ?? {}, attempts: attempts(60) })
  await page.goto(`${url}${scene.hash ?? ''}`)
  await page.locator('.window, .storage-screen').waitFor()
  await page.evaluate(() => document.fonts.ready)
  await scene.act?.(page)
  await page.clock.runFor(300)
  await page.screenshot({ path: file })
  await page.close()
}
