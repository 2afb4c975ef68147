// A command of the palette, and what commands are made of.
import type { Ask } from '#renderer/app/context.tsx'
import type { DialogRequest } from '#renderer/app/dialog-context.tsx'
import type { Route } from '#renderer/app/route.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import type { Actions } from '#renderer/features/shared/actions.tsx'

export interface Command {
  readonly id: string
  readonly words: string
  readonly detail: string | null
  readonly icon: IconName
  readonly run: () => void
}

export interface CommandParts {
  readonly actions: Actions
  readonly ask: Ask
  readonly open: (request: DialogRequest) => void
  readonly goTo: (route: Route) => void
}
