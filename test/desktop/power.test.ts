import { expect, test } from 'vitest'
import { watchNetwork } from '#desktop/system/power.ts'

function watched(states: readonly boolean[]) {
  const left = [...states]
  let wake = () => {}
  let backs = 0
  let timers = 0
  const stop = watchNetwork(
    {
      now: () => 0,
      monotonic: () => 0,
      after(_delay, next) {
        timers += 1
        wake = next
        return () => {
          timers -= 1
          wake = () => {}
        }
      },
    },
    () => left.shift() ?? false,
    () => {
      backs += 1
    },
  )
  return { look: () => wake(), backs: () => backs, stop, timers: () => timers }
}

test('the network coming back is told once', () => {
  const network = watched([true, false, false, true, true])
  for (let look = 0; look < 4; look += 1) network.look()
  expect(network.backs()).toBe(1)
})

test('a network that was there from the start has not come back', () => {
  const network = watched([true, true, true])
  network.look()
  network.look()
  expect(network.backs()).toBe(0)
})

test('an app started without network is told when it comes', () => {
  const network = watched([false, true])
  network.look()
  expect(network.backs()).toBe(1)
})

test('nothing is asked after it was stopped', () => {
  const network = watched([false, true])
  network.stop()
  network.look()
  expect(network.backs()).toBe(0)
  expect(network.timers()).toBe(0)
})
