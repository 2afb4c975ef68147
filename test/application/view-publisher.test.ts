import { describe, expect, test } from 'vitest'
import { createPublisher } from '#application/view-publisher.ts'
import { createWindowMessages } from '#application/window-messages.ts'
import type { AppView } from '#contract/contract.ts'
import { applyChanges, type ViewChanges } from '#contract/view-changes.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView, ProfileView } from '#engine/domain/view-model.ts'

function profile(id: number, state: ProfileView['state'] = 'healthy'): ProfileView {
  return { id: `p${id}`, name: `Profile ${id}`, state } as ProfileView
}

/** A publisher over a fleet that can be changed, a window that takes what is sent, and a clock that waits. */
function stage(size: number) {
  let profiles: readonly ProfileView[] = Array.from({ length: size }, (_, index) => profile(index))
  let visible = true
  let waiting: { readonly delay: number; readonly run: () => void }[] = []
  const sent: string[] = []
  const announced: number[] = []
  let incidents: FleetView['incidents'] = []
  const fleet = (): FleetView => ({
    now: 0,
    clockSkew: 0,
    profiles,
    managers: [],
    incidents,
    allPausedUntil: null,
  })
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(delay, run) {
      waiting.push({ delay, run })
      return () => undefined
    },
  }
  const messages = createWindowMessages(clock, () => publisher.changed())
  const publisher = createPublisher({
    clock,
    source: { compose: () => ({ fleet: fleet() }) as AppView, fleet },
    messages,
    window: { isVisible: () => visible, send: (push) => sent.push(push) },
    alerted: () => announced.push(1),
    showInTray: () => undefined,
  })
  return {
    publisher,
    messages,
    sent,
    announced,
    /** What waits no longer than this, in ms. */
    wake(longest = Number.POSITIVE_INFINITY) {
      const due = waiting.filter(({ delay }) => delay <= longest)
      waiting = waiting.filter((one) => !due.includes(one))
      for (const { run } of due) run()
    },
    /** Until nothing waits any more. */
    settle() {
      while (waiting.length > 0) for (const { run } of waiting.splice(0)) run()
    },
    change: (next: readonly ProfileView[]) => {
      profiles = next
      publisher.changed()
    },
    profiles: () => profiles,
    changeCauses: () => {
      incidents = []
      publisher.changed()
    },
    hide: () => {
      visible = false
    },
    show: () => {
      visible = true
    },
  }
}

/** What a window makes of all it was sent. */
function shown(sent: readonly string[]): AppView | null {
  let view: AppView | null = null
  for (const push of sent) {
    const heard: AppView | ViewChanges = JSON.parse(push)
    view = 'base' in heard ? (view === null ? null : applyChanges(view, heard)) : heard
  }
  return view
}

describe('what the window is sent', () => {
  test('is nothing when it is shown with all it was sent before', () => {
    const { publisher, sent, settle } = stage(3)
    publisher.push()
    publisher.shown()
    settle()
    expect(sent).toHaveLength(1)
  })

  test('is what has changed while nobody looked', () => {
    const { publisher, sent, settle, change, hide, show } = stage(3)
    publisher.push()
    hide()
    change([profile(0, 'expired')])
    settle()
    show()
    publisher.shown()
    settle()
    expect(sent).toHaveLength(2)
    expect(shown(sent)?.fleet.profiles).toEqual([profile(0, 'expired')])
  })

  test('gathers changes that come together', () => {
    const { publisher, sent, wake } = stage(3)
    publisher.changed()
    publisher.changed()
    wake()
    expect(sent).toHaveLength(1)
  })

  test.each([3, 200, 1000, 10_000])(
    'adds up to the fleet at %i profiles, and then only names what changed',
    (size) => {
      const { publisher, sent, wake, settle, change, profiles } = stage(size)
      publisher.push()
      settle()
      expect(shown(sent)?.fleet.profiles).toHaveLength(size)
      const pieces = sent.length
      change([...profiles().slice(1), profile(size), profile(5, 'expired')].filter(firstOfEach))
      wake()
      expect(sent).toHaveLength(pieces + 1)
      expect(sent.at(-1)?.length).toBeLessThan(500)
      expect(shown(sent)?.fleet.profiles.map(({ id }) => id)).toEqual(profiles().map(({ id }) => id))
    },
  )

  test('goes out piece by piece, and what changes meanwhile comes after the last one', () => {
    const { publisher, sent, settle, change, profiles } = stage(10_000)
    publisher.push()
    expect(sent).toHaveLength(1)
    change([profile(0, 'expired'), ...profiles().slice(1)])
    settle()
    expect(shown(sent)?.fleet.profiles).toHaveLength(10_000)
    expect(shown(sent)?.fleet.profiles[0]?.state).toBe('expired')
  })

  test('begins anew when the window asks again in the middle', () => {
    const { publisher, sent, settle } = stage(10_000)
    publisher.push()
    const before = sent.length
    publisher.push()
    settle()
    expect(shown(sent.slice(before))?.fleet.profiles).toHaveLength(10_000)
    expect(sent).toHaveLength(before + Math.ceil(10_000 / 300))
  })

  test('is nothing while nobody looks, and what was missed comes with the next change', () => {
    const { publisher, sent, wake, settle, change, profiles, hide, show } = stage(1000)
    publisher.push()
    settle()
    const before = sent.length
    hide()
    change(profiles().slice(2))
    wake()
    expect(sent).toHaveLength(before)
    show()
    change(profiles().slice(1))
    wake()
    expect(shown(sent)?.fleet.profiles).toHaveLength(997)
  })
})

test('alerts are looked at when there are other root causes, also while the window is hidden', () => {
  const { publisher, announced, wake, hide, changeCauses } = stage(3)
  hide()
  publisher.changed()
  wake()
  expect(announced).toHaveLength(1)
  publisher.changed()
  wake()
  expect(announced).toHaveLength(1)
  changeCauses()
  wake()
  expect(announced).toHaveLength(2)
})

test('a toast that is taken back leaves the window at once', () => {
  const { publisher, messages, sent, wake } = stage(3)
  const place = { kind: 'problems' } as const
  const takeBack = messages.toast({ id: 't', level: 'warning', text: 'One thing.', place, fix: null })
  publisher.push()
  expect(shown(sent)?.toasts).toHaveLength(1)
  takeBack()
  expect(publisher.view().toasts).toEqual([])
  wake()
  expect(sent).toHaveLength(2)
})

test('a toast leaves automatically, though nothing else changes', () => {
  const { messages, sent, wake } = stage(3)
  messages.toast({ id: 't', level: 'critical', text: 'One thing.', place: { kind: 'list' }, fix: null })
  wake(1000)
  expect(shown(sent)?.toasts).toHaveLength(1)
  wake(19_999)
  expect(sent).toHaveLength(1)
  wake(20_000)
  wake(1000)
  expect(shown(sent)?.toasts).toEqual([])
})

test('leads the window that is opened for it, not one that is opened much later', () => {
  const { publisher, messages, wake } = stage(3)
  const place = { kind: 'profile', profileId: 'p1' } as const
  messages.goTo(place)
  wake(1000)
  expect(publisher.view().goTo).toEqual({ sequence: 1, place })
  wake()
  expect(publisher.view().goTo).toBeNull()
  messages.goTo(place)
  expect(publisher.view().goTo?.sequence).toBe(2)
})

function firstOfEach(one: ProfileView, index: number, all: readonly ProfileView[]): boolean {
  return all.findIndex(({ id }) => id === one.id) === index
}
