import { expect, test } from 'vitest'
import { isLoopback } from '#base/node/loopback.ts'

test('loopback is this computer alone', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true)
  expect(['localhost.', 'x.localhost', '128.0.0.1', '[::]', '0.0.0.0'].some(isLoopback)).toBe(false)
})
