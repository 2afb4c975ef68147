import { describe, expect, test } from 'vitest'
import { requests } from '#contract/contract.ts'
import { readViewState } from '#contract/view-state.ts'

const left = readViewState({
  route: '#/history',
  list: {
    search: 'hooli',
    state: 'expired',
    condition: 'tier-1-lost',
    incident: 'manager-dead:1',
    sort: 'customer',
    isDescending: true,
    grouping: 'none',
    isCompact: true,
    hasPreview: true,
    folded: ['service-app 1'],
    selected: ['p1'],
    scrollTop: 640,
  },
})
const first = readViewState(null)

describe('the view state', () => {
  test('is read as it was written', () => {
    expect(readViewState(JSON.parse(JSON.stringify(left)))).toEqual(left)
    expect(left.list).toMatchObject({ search: 'hooli', selected: ['p1'], scrollTop: 640 })
  })

  test.each([null, 7, 'text', [], {}, { list: [] }, { list: null, route: 7 }])(
    'is as it was at first where %j is stored',
    (stored) => {
      expect(readViewState(stored)).toEqual(first)
    },
  )

  test.each<[string, unknown, unknown]>([
    ['search', 'x'.repeat(201), ''],
    ['search', 7, ''],
    ['state', 'trouble', 'all'],
    ['condition', 'never', 'any'],
    ['sort', '__proto__', 'problems'],
    ['grouping', 'org', 'service-app'],
    ['isCompact', 'yes', false],
    ['folded', Array.from({ length: 1001 }, String), []],
    ['selected', ['p1', 7], []],
    ['selected', ['p1', 'x'.repeat(301)], []],
    ['scrollTop', -1, 0],
    ['scrollTop', Number.NaN, 0],
    ['scrollTop', 1e12, 0],
    ['incident', 'x'.repeat(301), null],
  ])('falls back for %s alone where it is %j', (part, stored, expected) => {
    const list = { ...left.list, [part]: stored }
    expect(readViewState({ ...left, list })).toEqual({ ...left, list: { ...left.list, [part]: expected } })
  })
})

describe('what the window has stored of it', () => {
  const remembered = (state: unknown) => requests['view.remember'].parse({ state }).state

  test('is held to the same bounds, and has nothing else', () => {
    expect(remembered({ ...left, more: 'x', list: { ...left.list, token: 'x' } })).toEqual(left)
    expect(remembered('anything')).toEqual(first)
  })

  test.each([
    'ZGIzZmMtODk1YS00YTI4LWI0MTItZTAyODE5NzQ_P0A1_1eb65fdf-9643-417f-9974-ad72cae0e10f',
    'client_secret=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'Bearer ZGIzZmMtODk1YS00YTI4LWI0MTItZTAyODE5NzQ_P0A1_1eb65fdf-9643-417f-9974-ad72cae0e10f',
  ])('is not the secret that somebody pasted into the search', (search) => {
    expect(remembered({ ...left, list: { ...left.list, search } })).toEqual({
      ...left,
      list: { ...left.list, search: '' },
    })
  })
})
