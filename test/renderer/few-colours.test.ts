// Where colours are few (high contrast, the system's forced colours): what a colour says elsewhere is drawn.
import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { attempts, DAY, fleetOf, inState, integration, profile, troubledFleet, view } from './fake-view.ts'
import { forecastOf } from './overview-scenes.ts'
import { damagedFleet } from './scenes.ts'
import { drawn, windows } from './window.ts'

const { open } = windows()

const modes = {
  'high contrast, light': { colorScheme: 'light', contrast: 'more', forcedColors: 'none' },
  'high contrast, dark': { colorScheme: 'dark', contrast: 'more', forcedColors: 'none' },
  'forced colours, light': { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'active' },
  'forced colours, dark': { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'active' },
  'forced colours with more contrast': { colorScheme: 'dark', contrast: 'more', forcedColors: 'active' },
} as const

async function inEachMode(page: Page, look: (mode: string) => Promise<void>): Promise<void> {
  for (const [mode, media] of Object.entries(modes)) {
    await page.emulateMedia(media)
    await drawn(page)
    await look(mode)
  }
}

/** Its pixels, row by row, as `#rrggbb`. */
async function pixelsOf(part: Locator): Promise<readonly (readonly string[])[]> {
  const png = (await part.screenshot({ animations: 'disabled' })).toString('base64')
  return part.page().evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes]))
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
    context?.drawImage(image, 0, 0)
    const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] }
    const hex = (at: number) =>
      `#${[0, 1, 2].map((i) => (data[at + i] ?? 0).toString(16).padStart(2, '0')).join('')}`
    return Array.from({ length: image.height }, (_, y) =>
      Array.from({ length: image.width }, (_, x) => hex(4 * (y * image.width + x))),
    )
  }, png)
}

/** How often the colour changes along its middle. */
async function changesIn(bar: Locator): Promise<number> {
  const rows = await pixelsOf(bar)
  const middle = rows[Math.floor(rows.length / 2)] ?? []
  return middle.filter((colour, x) => x > 0 && colour !== middle[x - 1]).length
}

/** What tells one from its neighbours without reading it. */
const paintOf = (part: Locator) =>
  part.evaluate((element) => {
    const { color, backgroundColor, borderTopStyle, borderTopWidth, borderTopColor, outlineStyle } =
      getComputedStyle(element)
    return `${color} on ${backgroundColor}, ${borderTopWidth} ${borderTopStyle} ${borderTopColor}, ${outlineStyle}`
  })

const outlineOf = (part: Locator) =>
  part.evaluate((element) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
    return outlineStyle === 'solid' && outlineColor !== 'rgba(0, 0, 0, 0)'
      ? Number.parseFloat(outlineWidth)
      : 0
  })

const managers = [integration()]

describe('where colours are few', () => {
  test('the bar of a lifetime shows what is left, and is hatched where somebody is needed', async () => {
    const [healthy, needy] = fleetOf(2, 1)
    if (healthy === undefined || needy === undefined) throw new Error('There are two.')
    const page = await open({
      view: view({ fleet: { managers, profiles: [healthy, inState('needs-attention', needy)] } }),
    })
    const bar = (words: string) =>
      page.getByRole('row').filter({ hasText: words }).locator('[data-tone][aria-hidden="true"]')
    await inEachMode(page, async (mode) => {
      const calm = await changesIn(bar('Healthy'))
      expect(calm, mode).toBeGreaterThanOrEqual(1)
      expect(calm, mode).toBeLessThanOrEqual(6)
      expect(await changesIn(bar('Needs attention')), mode).toBeGreaterThan(10)
    })
  })

  test('chips, the number of problems and the bar of a group have an edge', async () => {
    const page = await open({ view: view({ fleet: { managers, ...troubledFleet(40) } }) })
    const chips = page.locator('main span[data-tone]:not([aria-hidden])')
    const number = page.getByRole('link', { name: 'Problems' }).locator('span').last()
    const groupBar = page.locator('main [data-state]').first().locator('..')
    await inEachMode(page, async (mode) => {
      for (const chip of [chips.first(), chips.nth(3), number]) {
        const [top = []] = await pixelsOf(chip)
        const [, , , inside] = (await pixelsOf(chip))[3] ?? []
        expect(new Set(top.slice(10, -10)).has(inside ?? ''), `${mode}: ${top.slice(8, 12)}`).toBe(false)
      }
      expect(new Set((await pixelsOf(groupBar)).flat()).size, mode).toBeGreaterThan(1)
    })
  })

  test('no two states of a tier have the same mark', async () => {
    const states = ['ready', 'failing', 'spent', 'unknown'] as const
    const ladder = states.map((state, i) => ({
      tier: ([1, 2, 3] as const)[i % 3] ?? 1,
      state,
      canRenew: state === 'ready',
      lastUsedAt: null,
      isUnused: true,
      sentence: '',
    }))
    for (const three of [ladder.slice(0, 3), ladder.slice(1)]) {
      const page = await open({
        view: view({ fleet: { managers, profiles: [profile({ id: 'p1', ladder: three })] } }),
        hash: '#/service-apps/p1',
      })
      const marks = three.map(({ state }) => page.locator(`li[data-state="${state}"] > :first-child`))
      await inEachMode(page, async (mode) => {
        const drawings = await Promise.all(marks.map(async (mark) => JSON.stringify(await pixelsOf(mark))))
        expect(new Set(drawings).size, mode).toBe(3)
      })
    }
  })

  test.each([
    ['the timeline', '#/service-apps/profile-1'],
    ['the strip', '#/history'],
    ['the next 14 days', '#/overview'],
  ])('%s is drawn in the colours of the system alone, and nothing in that of the ground', async (_, hash) => {
    const page = await open({
      view: view({ fleet: { managers, profiles: fleetOf(3, 1) } }),
      hash,
      attempts: attempts(20, DAY),
      answers: { 'forecast.get': { ok: true, value: forecastOf(57, true) } },
    })
    const picture = page.locator('main svg[role="img"]')
    await picture.waitFor()
    await inEachMode(page, async (mode) => {
      if (!mode.startsWith('forced')) return
      const strangers = await picture.evaluate((svg) => {
        const colourOf = (name: string) => {
          const probe = document.body.appendChild(document.createElement('i'))
          probe.style.cssText = `forced-color-adjust: none; color: ${name}`
          const { color } = getComputedStyle(probe)
          probe.remove()
          return color
        }
        const ground = colourOf('Canvas')
        const known = new Set(
          ['CanvasText', 'GrayText', 'Highlight', 'HighlightText'].map(colourOf).concat(ground),
        )
        const isUnseen = (paint: string) => paint === 'none' || paint === 'rgba(0, 0, 0, 0)'
        return [...svg.querySelectorAll('rect, circle, path, line')].flatMap((shape) => {
          const { fill, stroke } = getComputedStyle(shape)
          const paints = (shape.localName === 'line' ? [stroke] : [fill, stroke]).filter(
            (paint) => !isUnseen(paint),
          )
          const isDrawn = paints.length === 0 || paints.some((paint) => paint !== ground)
          return isDrawn && paints.every((paint) => known.has(paint))
            ? []
            : [`${shape.localName}.${shape.getAttribute('class')}: ${fill}, ${stroke}`]
        })
      })
      expect(strangers, mode).toEqual([])
    })
  })

  test('what is chosen, current or pressed is told from its neighbours', async () => {
    const page = await open({ view: view({ fleet: { managers, ...troubledFleet(40) } }) })
    await page.getByRole('row').nth(2).getByRole('checkbox').check()
    const nav = page.getByRole('navigation', { name: 'Main' })
    const [row, other] = [
      page.locator('[role="row"][data-selected], tr[data-selected]'),
      page.locator('tr').nth(4),
    ]
    const [pill, unpressed] = [
      page.getByRole('button', { pressed: true }).first(),
      page.getByRole('button', { pressed: false }).first(),
    ]
    await inEachMode(page, async (mode) => {
      expect(await outlineOf(nav.locator('[aria-current="page"]')), mode).toBeGreaterThanOrEqual(2)
      expect(await outlineOf(nav.getByRole('link', { name: 'History' })), mode).toBe(0)
      expect(await outlineOf(row.first()), mode).toBeGreaterThanOrEqual(2)
      expect(await outlineOf(other), mode).toBe(0)
      expect(await paintOf(pill), mode).not.toBe(await paintOf(unpressed))
    })
    await page.keyboard.press('Control+k')
    const options = page.getByRole('dialog').getByRole('option')
    await options.first().waitFor()
    await inEachMode(page, async (mode) => {
      expect(await outlineOf(options.first()), mode).toBeGreaterThanOrEqual(2)
      expect(await outlineOf(options.nth(1)), mode).toBe(0)
    })
  })

  test('a switch is seen, and whether it is on', async () => {
    const page = await open({ view: view({}), hash: '#/settings/appearance' })
    const toggle = page.getByRole('switch').or(page.getByRole('checkbox')).first()
    await inEachMode(page, async (mode) => {
      const drawings = []
      for (const isOn of [false, true]) {
        await toggle.evaluate((input, on) => Object.assign(input, { checked: on }), isOn)
        const pixels = await pixelsOf(toggle)
        expect(new Set(pixels.flat()).size, `${mode}, ${isOn}`).toBeGreaterThan(1)
        drawings.push(JSON.stringify(pixels))
      }
      expect(drawings[0], mode).not.toBe(drawings[1])
    })
  })

  test('a button that is disabled looks like none that can be pressed, and like no error', async () => {
    const page = await open({ view: damagedFleet(3, 1), hash: '#/service-apps/profile-1' })
    const button = (name: string | RegExp) => page.getByRole('button', { name }).first()
    await inEachMode(page, async (mode) => {
      const off = [await paintOf(button(/^Refresh /)), await paintOf(button(/^Copy token /))]
      const on = [await paintOf(button('Edit credentials')), await paintOf(button('Back'))]
      for (const paint of off) {
        expect(paint, mode).toContain('dashed')
        expect(on, mode).not.toContain(paint)
      }
      const error = await page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement('i'))
        probe.style.cssText = 'forced-color-adjust: none; color: var(--mds-color-theme-text-error-normal)'
        const { color } = getComputedStyle(probe)
        probe.remove()
        return color
      })
      const plain = await paintOf(page.getByRole('main'))
      if (error !== plain.split(' on ')[0]) for (const paint of off) expect(paint, mode).not.toContain(error)
    })
    await page.goto(page.url().replace(/#.*/, '#/service-apps'))
    const refresh = page.getByRole('button', { name: /^Refresh (?!all)/ })
    await refresh.first().waitFor()
    await inEachMode(page, async (mode) => {
      expect(await paintOf(refresh.and(page.locator(':disabled')).first()), mode).not.toBe(
        await paintOf(refresh.and(page.locator(':enabled')).first()),
      )
    })
  })

  test('the primary button is told from the others, and the focus is seen on each', async () => {
    const page = await open({ view: view({}), hash: '#/service-apps' })
    const [primary, secondary] = [
      page.getByRole('button', { name: 'Add service app' }),
      page.getByRole('button', { name: 'Import', exact: true }),
    ]
    await inEachMode(page, async (mode) => {
      expect(await paintOf(primary), mode).not.toBe(await paintOf(secondary))
    })
    await secondary.focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Shift+Tab')
    await page.emulateMedia(modes['forced colours, dark'])
    expect(await outlineOf(secondary)).toBeGreaterThanOrEqual(2)
  })
})
