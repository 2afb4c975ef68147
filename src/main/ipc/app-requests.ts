// What the window may ask of the app itself.
import type { Input } from '#contract/contract.ts'
import type { Handlers } from './dispatcher.ts'

export interface AppParts {
  readonly copy: { text(text: string): void }
  readonly openLink: (link: Input<'app.open-link'>['link']) => Promise<void>
  readonly trySimulated: () => void
  readonly diagnostics: () => string
  readonly restart: () => void
  /** Ends, and then removes all that was kept. */
  readonly deleteData: () => void
  readonly quit: () => void
}

type OfApp = Pick<Handlers, Extract<keyof Handlers, `app.${string}`> | 'clipboard.copy-text'>

export function appHandlers(parts: AppParts): OfApp {
  return {
    'clipboard.copy-text': ({ text }) => {
      parts.copy.text(text)
      return null
    },
    'app.open-link': async ({ link }) => {
      await parts.openLink(link)
      return null
    },
    'app.try-simulated': () => {
      parts.trySimulated()
      return null
    },
    'app.copy-diagnostics': () => {
      parts.copy.text(parts.diagnostics())
      return null
    },
    'app.restart': () => {
      parts.restart()
      return null
    },
    'app.delete-data': () => {
      parts.deleteData()
      return null
    },
    'app.quit': () => {
      parts.quit()
      return null
    },
  }
}
