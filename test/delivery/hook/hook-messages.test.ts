// What a person reads of a command that could not even begin.
import { expect, test } from 'vitest'
import { endingSentence } from '#delivery/hook/hook-messages.ts'

test.each([
  ['ENOENT', /\(ENOENT\)\. Check that your home folder is there/],
  ['EACCES', /\(EACCES\)\. Check that the app may enter your home folder/],
  ['EAGAIN', /\(EAGAIN\)\. Too many programs are running on this computer: close some/],
  ['unknown', /\(unknown\)\. Press Deliver now; if this stays, restart the app/],
])('a shell that could not be started (%s) is told with what to do', (code, words) => {
  expect(endingSentence({ kind: 'not-started', code })).toMatch(words)
})
