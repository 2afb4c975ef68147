// Terminal input: what a person pastes or types, or a pipe brings, and the signals that end the wait for it.
import type { ReadStream } from 'node:tty'
import { pause } from './app-connection.ts'

export interface TerminalInput {
  readonly isTerminal: boolean
  /** With all lines of one paste; null: nothing more comes. */
  read(): Promise<string | null>
  /**
   * Typed without being shown, without its line end; null: nothing more comes. At a terminal only. `ask` is called once what
   * is typed is hidden. After Ctrl-C it does not resolve, but `interrupted` does.
   */
  readHidden(ask: () => void): Promise<string | null>
  /** Resolves with the first signal that ends the command: Ctrl-C, a terminal that was closed. */
  readonly interrupted: Promise<NodeJS.Signals>
  close(): void
}

/** ms after a line in which the next line of the same paste has come; a pasted URL may be broken into lines. */
const SAME_PASTE = 200
/** Characters; longer than any URL. */
const LONGEST = 64 * 1024
/** In raw mode these are characters. */
const [CTRL_C, CTRL_D] = ['\u0003', '\u0004']
const ENDS = ['\r', '\n', CTRL_C, CTRL_D]
const DELETES = ['\b', '\u007f']
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

export function openInput(stdin: ReadStream): TerminalInput {
  const isTerminal = stdin.isTTY === true
  let text = ''
  let isOver = false
  let arrived = () => {}
  const onData = (chunk: string) => {
    text += chunk
    if (text.length > LONGEST) stdin.pause()
    arrived()
  }
  const onEnd = () => {
    isOver = true
    arrived()
  }
  const more = () =>
    new Promise<void>((resolve) => {
      arrived = resolve
      stdin.resume()
    })
  stdin.setEncoding('utf8').on('data', onData).on('end', onEnd).on('error', onEnd)

  let interrupt: (signal: NodeJS.Signals) => void = () => {}
  const interrupted = new Promise<NodeJS.Signals>((resolve) => {
    interrupt = resolve
  })
  for (const signal of SIGNALS) process.on(signal, interrupt)

  const taken = (length = text.length) => {
    const part = text.slice(0, length)
    text = text.slice(length)
    return part
  }

  return {
    isTerminal,
    interrupted,
    async read() {
      while (!text.includes('\n') && !isOver && text.length <= LONGEST) await more()
      for (let before = -1; before !== text.length && !isOver; await pause(SAME_PASTE)) before = text.length
      return isOver && text === '' ? null : taken()
    },
    async readHidden(ask) {
      stdin.setRawMode(true)
      try {
        ask()
        for (;;) {
          const end = [...text].findIndex((character) => ENDS.includes(character))
          if (end >= 0) {
            const [ended, typed] = [text.charAt(end), taken(end + 1).slice(0, -1)]
            if (ended === CTRL_C) {
              interrupt('SIGINT')
              return new Promise<never>(() => {})
            }
            return ended === CTRL_D && typed === '' ? null : erased(typed)
          }
          if (isOver || text.length > LONGEST) return null
          await more()
        }
      } finally {
        stdin.setRawMode(false)
      }
    },
    close() {
      for (const signal of SIGNALS) process.off(signal, interrupt)
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd).pause()
    },
  }
}

/** With what was typed and then deleted left out. */
function erased(typed: string): string {
  let kept = ''
  for (const character of typed) kept = DELETES.includes(character) ? kept.slice(0, -1) : kept + character
  return kept
}
