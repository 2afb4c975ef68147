// The bridge the preload would put on `window.satm`, played inside the page: shows a view, answers by a script, notes
// what was asked. Everything in `installBridge` runs in the page, so it may use nothing from this module.
import type { Page } from 'playwright'
import type { AppView, RequestName, ShownAttempt } from '#contract/contract.ts'
import type { BulkEnd } from '#engine/domain/engine-api.ts'
import { callResults } from '#engine/failure/failure-catalogue.ts'

export interface Asked {
  readonly name: RequestName
  readonly input: Record<string, unknown>
}

/** What a request is answered with; requests not named are answered with null. */
export type Answers = Partial<Record<RequestName, unknown>>

interface Played {
  readonly view: AppView
  readonly answers: Answers
  readonly attempts: readonly ShownAttempt[]
  readonly causes: readonly { readonly result: string; readonly name: string }[]
}

declare global {
  interface Window {
    fake: {
      asked: Asked[]
      answers: Record<string, unknown>
      push(view: AppView): void
      /** What main would send as text. */
      tell(text: string): void
      /** What was refreshed together has ended. */
      endRefresh(end: BulkEnd): void
      /** Moves the pushed view's clock to this one's, as main does. */
      view: AppView
    }
    violations: string[]
  }
}

export async function installBridge(page: Page, played: Partial<Played> & { view: AppView }): Promise<void> {
  await page.addInitScript(
    ({ view, answers, attempts, causes }: Played) => {
      const listeners = new Set<(push: string) => void>()
      const fake: Window['fake'] = {
        asked: [],
        answers: { ...answers },
        view,
        endRefresh() {},
        push(next) {
          fake.view = next
          for (const listener of listeners) listener(JSON.stringify(next))
        },
        tell(text) {
          for (const listener of listeners) listener(text)
        },
      }
      const fitting = (input: Record<string, unknown>) =>
        attempts.filter(
          (one) =>
            (input.outcome === null || one.outcome === input.outcome) &&
            (input.tier === null || one.tier === input.tier) &&
            (input.cause !== 'reason:drill' || one.reason?.code === 'drill') &&
            (input.from == null || one.startedAt >= Number(input.from)) &&
            (input.to == null || one.startedAt < Number(input.to)),
        )
      const days = (input: Record<string, unknown>) => {
        const counted = new Map<string, { day: string; renewed: number; unchanged: number; failed: number }>()
        for (const { startedAt, outcome } of fitting(input).toReversed()) {
          const day = new Date(startedAt).toLocaleDateString('sv-SE')
          const counts = counted.get(day) ?? { day, renewed: 0, unchanged: 0, failed: 0 }
          counts[outcome] += 1
          counted.set(day, counts)
        }
        return { days: [...counted.values()] }
      }
      const page = (input: Record<string, unknown>) => {
        const fits = fitting(input)
        const from = Number(input.cursor ?? 0)
        const end = from + Number(input.limit)
        return { attempts: fits.slice(from, end), next: end < fits.length ? String(end) : null }
      }
      const answer = (name: string, input: Record<string, unknown>) => {
        if (name in fake.answers) return fake.answers[name]
        if (name === 'view.push') fake.push(fake.view)
        if (name === 'delivery.targets') return { ok: true, value: { targets: [] } }
        if (name === 'delivery.runs') return { ok: true, value: { runs: [] } }
        // Until the test ends it.
        if (name === 'fleet.refresh-end')
          return new Promise((resolve) => {
            fake.endRefresh = (end) => resolve({ ok: true, value: end })
          })
        if (name === 'shared-vault.members') return { ok: true, value: { members: [], computers: [] } }
        if (name === 'copies.list') return { ok: true, value: { copies: [] } }
        if (name === 'problem.notes') return { ok: true, value: { resolved: [], waiting: [] } }
        if (name === 'history.days') return { ok: true, value: days(input) }
        if (name === 'history.causes') return { ok: true, value: { results: causes } }
        if (name === 'history.page') return { ok: true, value: page(input) }
        return { ok: true, value: null }
      }
      window.violations = []
      document.addEventListener('securitypolicyviolation', (event) => {
        window.violations.push(
          `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
        )
      })
      const bridge = {
        request: async (name: string, input: Record<string, unknown>) => {
          fake.asked.push({ name: name as RequestName, input })
          return answer(name, input)
        },
        onView: (listener: (push: string) => void) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      }
      Object.assign(window, { fake, satm: bridge })
    },
    {
      view: played.view,
      answers: played.answers ?? {},
      attempts: played.attempts ?? [],
      causes: callResults(),
    },
  )
}
