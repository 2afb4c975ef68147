import { expect, test } from 'vitest'
import { normalizeProbePath, probePath } from '../../src/main/webex/probes.ts'

test('the default probe needs no scope', () => {
  expect(probePath({ kind: 'data-sources' })).toBe('/dataSources/schemas')
})

test('the others ask their API for as little as it gives', () => {
  expect(probePath({ kind: 'meetings' })).toBe('/meetings?max=1')
  expect(probePath({ kind: 'messaging' })).toBe('/rooms?max=1')
  expect(probePath({ kind: 'contact-center' })).toBe('/contactCenter/tasks?pageSize=1')
})

test.for([
  ['/people?max=1', '/people?max=1'],
  [' people ', '/people'],
  ['/v1/people', '/people'],
  ['/v1', '/'],
  ['/v1x', '/v1x'],
  ['//host.example/x', '/host.example/x'],
  ['\\\\host.example/x', '/host.example/x'],
  ['/people#fragment', '/people'],
])('a custom path %j is held to the base URL as %j', ([typed, path]) => {
  expect(probePath({ kind: 'custom', path: typed ?? '' })).toBe(path)
  expect(normalizeProbePath(path ?? '')).toBe(path)
})
