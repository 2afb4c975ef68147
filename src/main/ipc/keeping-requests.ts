// What the window may ask about keeping the data: passphrase, lock, backup, export, import.
import type { Lock } from '#application/app-lock.ts'
import type { Backups } from '#application/backup-restore.ts'
import type { Imports } from '#application/import-service-apps.ts'
import type { Security } from '#application/protection.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Handlers } from './dispatcher.ts'

export interface KeepingParts {
  readonly security: Security
  readonly lock: Lock
  readonly backups: Backups
  readonly imports: Imports
}

type Keeping = Pick<
  Handlers,
  | Extract<keyof Handlers, `security.${string}` | `lock.${string}` | `backup.${string}` | `import.${string}`>
  | 'list.export'
>

export function keepingHandlers({ security, lock, backups, imports }: KeepingParts): Keeping {
  return {
    'security.set-passphrase': async ({ passphrase, mode }) => {
      await security.setPassphrase(new Secret(passphrase), mode)
      return null
    },
    'security.change-passphrase': async ({ passphrase, next }) => {
      await security.changePassphrase(new Secret(passphrase), new Secret(next))
      return null
    },
    'security.remove-passphrase': async ({ passphrase }) => {
      await security.removePassphrase(new Secret(passphrase))
      return null
    },
    'lock.now': () => {
      lock.now()
      return null
    },
    'lock.open': async ({ passphrase }) => {
      await lock.open(new Secret(passphrase))
      return null
    },
    'backup.write': ({ passphrase }) => backups.write(new Secret(passphrase)),
    'backup.choose': () => backups.choose(),
    'backup.read': ({ passphrase }) => backups.read(new Secret(passphrase)),
    'backup.restore': () => backups.restore(),
    'backup.forget': () => {
      backups.forget()
      return null
    },
    'list.export': ({ format }) => backups.exportList(format),
    'import.choose': () => imports.choose(),
    'import.paste': ({ text }) => imports.paste(text),
    'import.rows': (page) => imports.rows(page),
    'import.confirm': (input) => imports.confirm(input),
    'import.forget': () => {
      imports.forget()
      return null
    },
  }
}
