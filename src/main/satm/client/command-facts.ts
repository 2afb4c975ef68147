// Facts of a command, as the command table has them.
import type { OptionName } from './option-table.ts'

export type CommandName =
  | 'list'
  | 'status'
  | 'token'
  | 'refresh'
  | 'env'
  | 'exec'
  | 'test'
  | 'deliver'
  | 'deliveries'
  | 'pause'
  | 'resume'
  | 'history'
  | 'data-sources'
  | 'import'
  | 'connect'
  | 'confirm'
  | 'consumers'
  | 'backup'
  | 'open'
  | 'doctor'
  | 'serve'
  | 'vault'
  | 'completion'

export interface CommandFacts {
  readonly summary: string
  /** What comes after the name. */
  readonly arguments: string
  readonly takes:
    | 'nothing'
    | 'profile'
    | 'profile-or-nothing'
    | 'profile-and-command'
    | 'action-and-profile'
    | 'action-and-name'
    | 'ids'
    | 'shell'
    | 'file'
  readonly options: readonly OptionName[]
  /** What it can be told to do, as the first argument. */
  readonly actions?: readonly string[]
  /** What is typed for each, and what it does; missing: the details say it. */
  readonly actionRows?: readonly (readonly [typed: string, help: string])[]
  /** What `--json FIELDS` can name. */
  readonly fields?: readonly string[]
  /** More than the summary says. */
  readonly details: readonly string[]
  readonly examples: readonly string[]
}
