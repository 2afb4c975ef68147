import { describe, expect, test } from 'vitest'
import { placeWindow } from '#desktop/window/page.ts'

const laptop = { x: 0, y: 25, width: 1440, height: 875 }
const right = { x: 1440, y: 0, width: 1920, height: 1080 }
const left = { x: -1920, y: -200, width: 1920, height: 1080 }

describe('the window comes back', () => {
  test('where it was', () => {
    const saved = { x: 100, y: 80, width: 1000, height: 700 }
    expect(placeWindow(saved, [laptop])).toEqual(saved)
  })

  test('on the second screen, left of the first as well', () => {
    const saved = { x: 1600, y: 100, width: 1200, height: 800 }
    expect(placeWindow(saved, [laptop, right])).toEqual(saved)
    const negative = { x: -1800, y: -100, width: 1200, height: 800 }
    expect(placeWindow(negative, [laptop, left])).toEqual(negative)
  })

  test('on a screen above the first one', () => {
    const above = { x: 0, y: -1080, width: 1920, height: 1080 }
    const saved = { x: 100, y: -900, width: 1000, height: 700 }
    expect(placeWindow(saved, [laptop, above])).toEqual(saved)
  })

  test('in the middle of the first screen when its own is gone', () => {
    const placed = placeWindow({ x: 1600, y: 100, width: 1200, height: 800 }, [laptop])
    expect(placed).toEqual({ x: 120, y: 63, width: 1200, height: 800 })
  })

  test('whole, when a part of it hung over the edge', () => {
    expect(placeWindow({ x: 1200, y: 500, width: 1000, height: 700 }, [laptop])).toEqual({
      x: 440,
      y: 200,
      width: 1000,
      height: 700,
    })
  })

  test('with its title bar in reach, when that was above the screen', () => {
    expect(placeWindow({ x: 10, y: -400, width: 1000, height: 700 }, [laptop]).y).toBeGreaterThanOrEqual(25)
    expect(placeWindow({ x: 10, y: 10, width: 1000, height: 700 }, [laptop]).y).toBe(25)
  })

  test('not larger than a smaller screen', () => {
    expect(placeWindow({ x: 0, y: 0, width: 3000, height: 2000 }, [laptop])).toEqual(laptop)
  })

  test('never below 900 × 600, unless the screen is smaller still', () => {
    expect(placeWindow({ x: 50, y: 50, width: 10, height: 10 }, [laptop])).toMatchObject({
      width: 900,
      height: 600,
    })
    const tiny = { x: 0, y: 0, width: 800, height: 480 }
    expect(placeWindow({ x: 50, y: 50, width: 10, height: 10 }, [tiny])).toEqual(tiny)
  })
})

test('the first time it stands in the middle of the first screen', () => {
  const { x, y, width, height } = placeWindow(null, [laptop, right])
  expect(x + width / 2).toBe(720)
  expect(Math.abs(y + height / 2 - (25 + 875 / 2))).toBeLessThanOrEqual(0.5)
})

test('a machine that names no screen still gets a window', () => {
  expect(placeWindow(null, [])).toMatchObject({ width: 1180, height: 780 })
})
