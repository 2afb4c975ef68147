import { beforeEach, describe, expect, test } from 'vitest'
import type { Place, Toast } from '#contract/contract.ts'
import {
  type AlertChanges,
  type Announcements,
  createAnnouncements,
  type DesktopNotification,
  dataSourcesLeft,
  stillAtWork,
  type Wanted,
} from '#desktop/notifications/announcements.ts'
import type { Alert } from '#engine/domain/view-model.ts'

interface Shown extends DesktopNotification {
  closedByUs: boolean
}

let focused = false
let locked = false
let wanted: Wanted = 'all'
let supported = true
let refusesAtOnce = false
let toasts: Toast[] = []
let shown: Shown[] = []
let opened: Place[] = []
/** The time of the last toast is over. */
let timeOut = () => {}
let announcements: Announcements

beforeEach(() => {
  focused = false
  locked = false
  supported = true
  refusesAtOnce = false
  toasts = []
  shown = []
  opened = []
  wanted = 'all'
  announcements = createAnnouncements({
    focused: () => focused,
    locked: () => locked,
    wanted: () => wanted,
    toast(toast, gone) {
      toasts.push(toast)
      timeOut = () => {
        toasts = toasts.filter((one) => one !== toast)
        gone()
      }
      return () => {
        toasts = toasts.filter((one) => one !== toast)
      }
    },
    open: (place) => opened.push(place),
    notify(wanted) {
      if (!supported) return null
      const notification: Shown = { ...wanted, closedByUs: false }
      shown.push(notification)
      if (refusesAtOnce) wanted.failed()
      return {
        close() {
          notification.closedByUs = true
          notification.closed()
        },
      }
    },
  })
})

const dead: Alert = {
  key: 'manager-dead:m',
  level: 'critical',
  title: 'Reconnect the integration',
  about: 'A · Acme and 2 more, first token ends in about 3 h',
  body: 'It stops 3 service apps.',
  profileIds: ['a', 'b', 'c'],
  fix: { kind: 'connect-integration', managerId: 'm' },
}
const expired: Alert = {
  key: 'expired:a',
  level: 'warning',
  title: 'A has expired',
  about: '',
  body: 'In Acme, at 12:00.',
  profileIds: ['a'],
  fix: null,
}
const announce = (changes: Partial<AlertChanges>) =>
  announcements.announce({ raise: [], recovered: [], withdraw: [], ...changes })

describe('an alert', () => {
  test('is one notification, whatever it affects', () => {
    announce({ raise: [dead] })
    expect(shown).toMatchObject([{ title: dead.title, body: dead.body, level: 'critical' }])
    expect(toasts).toEqual([])
  })

  test('is a toast instead while the window is being looked at', () => {
    focused = true
    announce({ raise: [dead] })
    expect(shown).toEqual([])
    expect(toasts).toMatchObject([
      {
        level: 'critical',
        text: 'Reconnect the integration · A · Acme and 2 more, first token ends in about 3 h.',
        place: { kind: 'problems' },
        fix: null,
      },
    ])
  })

  test('raised again takes the place of what is still shown', () => {
    announce({ raise: [dead] })
    announce({ raise: [{ ...dead, body: 'It stops 4 service apps.' }] })
    expect(shown.map(({ closedByUs }) => closedByUs)).toEqual([true, false])
  })

  test('becomes a toast where the desktop has no notifications', () => {
    supported = false
    announce({ raise: [expired] })
    expect(toasts).toMatchObject([{ level: 'warning', place: { kind: 'profile', profileId: 'a' } }])
  })

  test('becomes a toast when the desktop refuses it', () => {
    announce({ raise: [expired] })
    shown[0]?.failed()
    expect(toasts).toMatchObject([{ text: 'A has expired.' }])
  })
})

describe('what a person wants to be told', () => {
  test('may be only what needs them', () => {
    wanted = 'needs-you'
    const passing: Alert = { ...dead, key: 'network-down', level: 'warning', fix: { kind: 'check-network' } }
    announce({ raise: [passing, dead, { ...dead, key: 'm2', level: 'warning' }] })
    announce({ recovered: [dead] })
    expect(shown.map(({ title }) => title)).toEqual([dead.title, dead.title])
    expect(shown[0]?.closedByUs).toBe(true)
  })

  test('may be nothing, and the window says it all the same', () => {
    wanted = 'none'
    announce({ raise: [dead] })
    expect(shown).toEqual([])
    focused = true
    announce({ raise: [dead] })
    expect(toasts).toHaveLength(1)
  })
})

test('an alert the desktop refuses at once is one toast, and that is what is withdrawn', () => {
  refusesAtOnce = true
  announce({ raise: [expired] })
  expect(toasts).toHaveLength(1)
  announce({ withdraw: [expired.key] })
  expect(toasts).toEqual([])
  expect(shown[0]?.closedByUs).toBe(false)
})

describe('a click', () => {
  test('opens the profile the alert is about', () => {
    announce({ raise: [expired] })
    shown[0]?.clicked()
    expect(opened).toEqual([{ kind: 'profile', profileId: 'a' }])
  })

  test('opens those in trouble when it is about several', () => {
    announce({ raise: [dead] })
    shown[0]?.clicked()
    expect(opened).toEqual([{ kind: 'problems' }])
  })

  test('opens the problems when it is about nobody', () => {
    announce({ raise: [{ ...expired, profileIds: [] }] })
    shown[0]?.clicked()
    expect(opened).toEqual([{ kind: 'problems' }])
  })

  test('ends the notification: nothing is left to withdraw', () => {
    announce({ raise: [expired] })
    shown[0]?.clicked()
    announce({ withdraw: [expired.key] })
    expect(shown[0]?.closedByUs).toBe(false)
  })
})

describe('when it is over', () => {
  test('the notification is withdrawn without a word', () => {
    announce({ raise: [expired] })
    announce({ withdraw: [expired.key] })
    expect(shown).toHaveLength(1)
    expect(shown[0]?.closedByUs).toBe(true)
  })

  test('a recovery takes the place of its alert', () => {
    announce({ raise: [expired] })
    announce({ recovered: [{ ...expired, level: 'information', title: 'A works again' }] })
    expect(shown).toMatchObject([{ closedByUs: true }, { title: 'A works again', closedByUs: false }])
  })

  test('a recovery is told in the window as a success', () => {
    announce({ raise: [expired] })
    focused = true
    announce({ recovered: [{ ...expired, title: 'A works again' }] })
    expect(shown[0]?.closedByUs).toBe(true)
    expect(toasts).toMatchObject([{ level: 'success' }])
  })

  test('what a person has dismissed is not closed again', () => {
    announce({ raise: [expired] })
    shown[0]?.closed()
    announce({ withdraw: [expired.key] })
    expect(shown[0]?.closedByUs).toBe(false)
  })

  test('an unknown key is nothing to worry about', () => {
    announce({ withdraw: ['never-raised'] })
    expect(shown).toEqual([])
  })
})

describe('several things said together', () => {
  const together: Alert = {
    ...expired,
    key: 'group:1',
    title: '3 problems need attention',
    profileIds: ['a'],
  }

  test('lead to all that is wrong, even if it is all about one profile', () => {
    announce({ raise: [together] })
    shown[0]?.clicked()
    focused = true
    announce({ raise: [{ ...together, key: 'group:2' }] })
    expect(opened).toEqual([{ kind: 'problems' }])
    expect(toasts).toMatchObject([{ place: { kind: 'problems' } }])
  })

  test('take the single toasts away that they sum up', () => {
    focused = true
    announce({ raise: [expired, dead] })
    announce({ withdraw: [expired.key, dead.key], raise: [together] })
    expect(toasts.map(({ text }) => text)).toEqual(['3 problems need attention.'])
  })
})

test('a toast of what is over takes the place of the one that announced it', () => {
  focused = true
  announce({ raise: [expired] })
  announce({ recovered: [{ ...expired, title: 'A works again' }] })
  expect(toasts).toMatchObject([{ text: 'A works again.', place: { kind: 'list' } }])
})

test('everything still shown is taken back at the end', () => {
  announce({ raise: [dead, expired] })
  announcements.clear()
  expect(shown.map(({ closedByUs }) => closedByUs)).toEqual([true, true])
})

describe('a storm of failures in a window that is looked at', () => {
  const one = (index: number): Alert => ({ ...dead, key: `cause-${index}`, title: `Cause ${index}` })

  test('is one toast, however they come', () => {
    focused = true
    const ids = new Set<string>()
    for (let index = 0; index < 30; index += 1) {
      announce({ raise: [one(index)] })
      expect(toasts).toHaveLength(1)
      ids.add(toasts[0]?.id ?? '')
    }
    expect(toasts).toMatchObject([
      { level: 'critical', text: '30 problems need attention.', place: { kind: 'problems' } },
    ])
    expect(ids.size).toBe(30)
  })

  test('counts what is resolved meanwhile out again, and names the last one', () => {
    focused = true
    announce({ raise: [one(1), one(2), one(3)] })
    announce({
      recovered: [{ ...one(1), level: 'information', title: 'Resolved: 1' }],
      withdraw: ['cause-2'],
    })
    expect(toasts).toMatchObject([{ text: expect.stringContaining('Cause 3') }])
  })

  test('a toast whose time is over is not repeated with the next one', () => {
    focused = true
    announce({ raise: [one(1), one(2)] })
    timeOut()
    announce({ raise: [one(3)] })
    expect(toasts).toMatchObject([{ text: expect.stringContaining('Cause 3') }])
  })

  test('recoveries alone are one, too', () => {
    focused = true
    announce({
      recovered: [
        { ...one(1), title: 'Resolved: 1' },
        { ...one(2), title: 'Resolved: 2' },
      ],
    })
    expect(toasts).toMatchObject([{ text: '2 problems resolved.' }])
  })
})

describe('while the app is locked', () => {
  const onScreen = () => shown.filter(({ closedByUs }) => !closedByUs)
  const nameless = { title: 'A problem needs attention', body: 'Unlock to see it.' }

  test('an alert says that somebody is needed, and not for whom', () => {
    locked = true
    announce({ raise: [expired] })
    expect(shown).toMatchObject([{ ...nameless, level: 'warning' }])
  })

  test('several are one', () => {
    locked = true
    announce({ raise: [expired] })
    announce({ raise: [dead] })
    expect(shown).toHaveLength(1)
  })

  test('it leaves when the last of them is over, without a word', () => {
    locked = true
    announce({ raise: [expired, dead] })
    announce({ withdraw: [expired.key] })
    expect(onScreen()).toHaveLength(1)
    announce({ recovered: [{ ...dead, level: 'information', title: 'Over' }] })
    expect(onScreen()).toEqual([])
    expect(shown).toHaveLength(1)
  })

  test('what needs nobody is not said', () => {
    locked = true
    announce({ raise: [{ ...expired, level: 'information' }] })
    expect(shown).toEqual([])
  })

  test('a click asks to unlock, whomever it was about', () => {
    locked = true
    announce({ raise: [expired] })
    shown[0]?.clicked()
    expect(opened).toEqual([{ kind: 'list' }])
  })

  test('a toast in place of a refused notification names nobody either', () => {
    locked = true
    refusesAtOnce = true
    announce({ raise: [expired] })
    expect(toasts).toMatchObject([{ text: 'A problem needs attention.', place: { kind: 'list' }, fix: null }])
  })

  test('closing the window to the tray is still explained: that names nobody', () => {
    locked = true
    announcements.announce(stillAtWork('App', 'tray'))
    expect(shown).toMatchObject([{ title: 'App keeps running' }])
  })

  test('that data sources are renewed no longer is told as the app quits, whether or not its window has the focus', () => {
    focused = true
    announcements.announce(dataSourcesLeft(12, 11 * 3_600_000))
    expect([toasts, shown]).toMatchObject([
      [],
      [
        {
          title: 'Data sources are no longer renewed',
          body: expect.stringContaining('first of 12 data sources lapses in 11 h'),
        },
      ],
    ])
    announcements.announce(dataSourcesLeft(1, -5))
    expect(shown.at(-1)?.body).toContain('The data source lapses now')
    locked = true
    announcements.lockChanged()
    expect(shown.at(-1)?.closedByUs).toBe(false)
  })

  test('what was on the screen before is replaced', () => {
    announce({ raise: [expired, dead] })
    locked = true
    announcements.lockChanged()
    expect(onScreen()).toMatchObject([nameless])
  })

  test('what names nobody stays on the screen', () => {
    announcements.announce(stillAtWork('App', 'tray'))
    locked = true
    announcements.lockChanged()
    expect(onScreen()).toMatchObject([{ title: 'App keeps running' }])
  })

  test('unlocking takes it away: what it is about stands in the window', () => {
    locked = true
    announce({ raise: [expired] })
    locked = false
    announcements.lockChanged()
    expect(onScreen()).toEqual([])
  })
})
