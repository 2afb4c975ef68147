// Fields that several requests share. Everything is trimmed, bounded and parsed strictly before it is used.
import { z } from 'zod'
import { composeText } from '#base/common/fold-text.ts'
import { type Setting, settingProblem, type ValueOf } from '#engine/domain/settings.ts'
import { LONGEST, secretProblem, type ValueField, valueProblem } from './value-rules.ts'

export const id = z.string().min(1).max(64)
/** Blanks count in it, so it is taken as typed. */
export const passphrase = z.string().min(1, 'Enter the passphrase.').max(1024)
export const none = z.strictObject({})

/** A field of a service app or an integration, held to the rules all ways in share. */
export const field = (of: ValueField, missing: string) => checked(missing, (value) => valueProblem(of, value))
/** A token alone. Secrets enter through such fields and never leave. */
export const token = checked('Paste the token.', (value) => secretProblem('The token', value))
/** Of an edit: what is stored already may stay as it is, so the handler holds what is new to the rules. */
export const storedText = (missing: string, longest: number = LONGEST.id) =>
  z.string().trim().overwrite(composeText).min(1, missing).max(longest, 'Too long. Paste only the value.')

export const name = field('name', 'Enter a name.')
export const clientId = field('clientId', 'The client ID is missing.')
export const clientSecret = field('clientSecret', 'The client secret is missing.')
export const accessToken = field('accessToken', 'The access token is missing.')
export const refreshToken = field('refreshToken', 'The refresh token is missing.')
export const integration = z.strictObject({ clientId, clientSecret })

export const setting = <S extends Setting>(of: S) =>
  z.custom<ValueOf<S>>((value) => settingProblem(of, value) === null, {
    error: ({ input }) => settingProblem(of, input),
  })

/** Any of these settings, each at most once. */
export function settings<T extends Readonly<Record<string, Setting>>>(of: T) {
  return Object.fromEntries(Object.entries(of).map(([name, one]) => [name, setting(one).optional()])) as {
    [K in keyof T]: z.ZodOptional<z.ZodCustom<ValueOf<T[K]>, ValueOf<T[K]>>>
  }
}

function checked(missing: string, problemOf: (value: string) => string | null) {
  return z
    .string()
    .trim()
    .overwrite(composeText)
    .min(1, missing)
    .check(({ value, issues }) => {
      const message = value === '' ? null : problemOf(value)
      if (message !== null) issues.push({ code: 'custom', message, input: value })
    })
}
