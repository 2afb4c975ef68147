import { describe, expect, test } from 'vitest'
import type { Bridge } from '#contract/contract.ts'
import { readViewState } from '#contract/view-state.ts'
import type { Ticker } from '#renderer/app/ticker.ts'
import { createViewStateStore } from '#renderer/app/view-state-store.ts'

const refused = { ok: false, error: { code: 'refused', message: 'The app is locked.' } }
const recalled = { ok: true, value: readViewState({ route: '#/history', list: { search: 'hooli' } }) }

/** Time passes by `pass`, main answers as the test lets it. */
function stage(replies: readonly unknown[], lock = { isLocked: false }) {
  const waits: { readonly act: () => void; isOff: boolean }[] = []
  const told: unknown[] = []
  const answers = [...replies]
  const held: (() => void)[] = []
  const bridge = {
    request: (name: string, input: unknown) => {
      if (name === 'view.recall') return new Promise((resolve) => held.push(() => resolve(answers.shift())))
      told.push(input)
      return Promise.resolve(lock.isLocked ? refused : { ok: true, value: null })
    },
  } as unknown as Bridge
  const ticker = {
    after(_delay: number, act: () => void) {
      const wait = { act, isOff: false }
      waits.push(wait)
      return () => {
        wait.isOff = true
      }
    },
  } as unknown as Ticker
  const defaultView = new EventTarget()
  const page = Object.assign(new EventTarget(), {
    visibilityState: 'visible',
    defaultView,
  }) as unknown as Document
  const store = createViewStateStore(bridge, ticker, page)
  return {
    store,
    told,
    page,
    asked: () => held.length,
    pass: () => {
      for (const { act, isOff } of waits.splice(0)) if (!isOff) act()
    },
    answer: async (at: number) => {
      held[at]?.()
      await Promise.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('where the window was left', () => {
  test('is known once main has told it', async () => {
    const { store, answer } = stage([recalled])
    store.change({ search: 'too early' })
    expect(store.get()).toBeNull()
    await answer(0)
    expect(store.get()).toEqual(recalled.value)
  })

  test('is asked for again after an unlocking, also while the first answer is on its way', async () => {
    const { store, answer, asked } = stage([refused, recalled])
    store.recall()
    expect(asked()).toBe(1)
    await answer(0)
    expect(asked()).toBe(2)
    await answer(1)
    expect(store.get()?.list.search).toBe('hooli')
  })

  test('is not asked for while the window stays locked', async () => {
    const { store, answer, asked } = stage([refused, recalled])
    await answer(0)
    expect(asked()).toBe(1)
    store.recall()
    await answer(1)
    expect(store.get()?.route).toBe('#/history')
  })

  test('is stored after the unlocking when it changed just before the lock, and once', async () => {
    const lock = { isLocked: false }
    const { store, told, pass, answer } = stage([recalled], lock)
    await answer(0)
    store.showed('#/settings/security')
    lock.isLocked = true
    pass()
    await answer(1)
    expect(told).toHaveLength(1)
    lock.isLocked = false
    store.recall()
    await answer(1)
    const list = { search: 'hooli' }
    expect(told.at(-1)).toEqual({ state: readViewState({ route: '#/settings/security', list }) })
    store.recall()
    expect(told).toHaveLength(2)
  })

  test('is stored when the page ends, also of a window that was hidden before, and only what is not stored yet', async () => {
    const { store, told, page, answer } = stage([recalled])
    await answer(0)
    Object.assign(page, { visibilityState: 'hidden' })
    page.dispatchEvent(new Event('visibilitychange'))
    page.defaultView?.dispatchEvent(new Event('pagehide'))
    expect(told).toEqual([])
    store.change({ search: 'acme' })
    page.defaultView?.dispatchEvent(new Event('pagehide'))
    page.defaultView?.dispatchEvent(new Event('pagehide'))
    expect(told).toHaveLength(1)
  })

  test('is stored once for many changes, and at once when the window is hidden', async () => {
    const { store, told, page, pass, answer } = stage([recalled])
    await answer(0)
    for (const search of ['a', 'ac', 'acme']) store.change({ search })
    store.scrolled(120)
    store.showed('#/settings')
    expect(told).toEqual([])
    pass()
    const state = readViewState({ route: '#/settings', list: { search: 'acme', scrollTop: 120 } })
    expect(told).toEqual([{ state }])
    store.scrolled(240)
    Object.assign(page, { visibilityState: 'hidden' })
    page.dispatchEvent(new Event('visibilitychange'))
    expect(told).toHaveLength(2)
    pass()
    expect(told).toHaveLength(2)
  })
})
