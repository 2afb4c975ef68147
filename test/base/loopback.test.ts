import { expect, test } from 'vitest'
import { isLoopback } from '#base/node/loopback.ts'

test.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('%s is on this computer', (hostname) => {
  expect(isLoopback(hostname)).toBe(true)
})

test.each(['localhost.', 'x.localhost', '128.0.0.1', '127.0.0.1.evil.example', '[::]', '0.0.0.0'])(
  '%s is not on this computer',
  (hostname) => {
    expect(isLoopback(hostname)).toBe(false)
  },
)
