// Where the window goes: where it was, if that is still on a screen and large enough to be used.

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const SMALLEST = { width: 900, height: 600 } as const
const FIRST_TIME = { width: 1180, height: 780 } as const
/** So much of the title bar has to be on a screen for a hand to reach it. */
const GRIP = { width: 120, height: 40 } as const

/**
 * `saved` is from an earlier run, maybe with other screens; `workAreas` are today's, the primary one first.
 * Never larger than its screen, never below 900 × 600 where the screen has the room.
 */
export function placeWindow(saved: Rectangle | null, workAreas: readonly Rectangle[]): Rectangle {
  const primary = workAreas[0] ?? { x: 0, y: 0, ...FIRST_TIME }
  if (saved === null) return centred(FIRST_TIME, primary)
  const home = workAreas.find((area) => isReachable(saved, area))
  if (home === undefined) return centred(saved, primary)
  const size = fitted(saved, home)
  return {
    x: clamp(saved.x, home.x, home.x + home.width - size.width),
    y: clamp(saved.y, home.y, home.y + home.height - size.height),
    ...size,
  }
}

function isReachable(window: Rectangle, area: Rectangle): boolean {
  const across = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const titleBarTop = window.y >= area.y - GRIP.height && window.y <= area.y + area.height - GRIP.height
  return across >= GRIP.width && titleBarTop
}

function centred(size: { width: number; height: number }, area: Rectangle): Rectangle {
  const { width, height } = fitted(size, area)
  return {
    x: Math.round(area.x + (area.width - width) / 2),
    y: Math.round(area.y + (area.height - height) / 2),
    width,
    height,
  }
}

function fitted(size: { width: number; height: number }, area: Rectangle) {
  return {
    width: Math.min(Math.max(size.width, SMALLEST.width), Math.max(area.width, 1)),
    height: Math.min(Math.max(size.height, SMALLEST.height), Math.max(area.height, 1)),
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.round(Math.min(Math.max(value, low), Math.max(low, high)))
}
