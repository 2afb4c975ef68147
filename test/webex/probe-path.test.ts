import { expect, test } from 'vitest'
import { normalizeProbePath } from '#webex/client.ts'

test.for([
  ['/people?max=1', '/people?max=1'],
  [' people ', '/people'],
  ['/v1/people', '/people'],
  ['/v1', '/'],
  ['/v1x', '/v1x'],
  ['//host.example/x', '/host.example/x'],
  ['\\\\host.example/x', '/host.example/x'],
  ['@host.example/x', '/@host.example/x'],
  ['/people#fragment', '/people'],
] as const)('%j is held to the base URL as %j', ([typed, path]) => {
  expect(normalizeProbePath(typed)).toBe(path)
  expect(normalizeProbePath(path)).toBe(path)
})
