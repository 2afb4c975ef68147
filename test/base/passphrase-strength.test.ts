import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { backupPassphraseProblem, strengthOf } from '#base/common/passphrase-strength.ts'

describe('a passphrase that many try first is weak, however long:', () => {
  test.each([
    'password1234',
    'P@ssw0rd1234!',
    'PasswordPassword',
    'passphrase123456',
    'correct horse battery staple',
    'CorrectHorseBatteryStaple',
    'qwertyuiop123456',
    'qwertzuiop12345!',
    'asdfghjkl;12345',
    'zaq1xsw2zaq1xsw2',
    '123456789012345678901234567890',
    '987654321098765',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'abababababababab',
    'abc123abc123abc123',
    'abcdefghijklmnopqrstuvwxyz',
    'zyxwvutsrqponmlkjihgfedcba',
    'Summer2026Summer2026',
    'Welcome12345',
    'webex-backup-123',
    'ＰＡＳＳＷＯＲＤ１２３４',
    'letmeinletmein',
    '            ',
    '!@#$%^&*()!@#$%^&*()',
  ])('%s', (passphrase) => {
    expect(strengthOf(passphrase)).toBe('weak')
    expect(backupPassphraseProblem(passphrase)).toBe(
      'This passphrase is easy to guess. Use several unrelated words.',
    )
  })
})

test.each([
  ['blue kettle 7', 'fair'],
  ['staple, correctly', 'strong'],
  ['blue kettle orbits slowly', 'strong'],
  ['kT9#vQ2!mZx4', 'strong'],
  ['drei Äpfel für Käthe', 'strong'],
  ['正しい馬は青い電池を食べる、昨日', 'strong'],
  ['482915730264', 'fair'],
  ['my token of summer is a purple giraffe', 'strong'],
] as const)('%s is %s, and does for a backup', (passphrase, strength) => {
  expect(strengthOf(passphrase)).toBe(strength)
  expect(backupPassphraseProblem(passphrase)).toBeNull()
})

test('a backup takes no passphrase of less than twelve characters, however hard to guess', () => {
  expect(backupPassphraseProblem('kT9#vQ2!mZx')).toBe('Use at least 12 characters.')
  expect(backupPassphraseProblem('')).toBe('Use at least 12 characters.')
  // Characters as people count them, not the units of the text.
  expect(backupPassphraseProblem('🐙🦊🐳🦁🐌🦉')).toBe('Use at least 12 characters.')
})

test('what password managers make is never called weak', () => {
  const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  for (let n = 0; n < 500; n++) {
    const made = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('')
    expect(strengthOf(made)).not.toBe('weak')
  }
})

test('more of the same makes no passphrase stronger, and one more character never takes long', () => {
  for (const part of ['password', 'qwerty', 'aA1', 'x']) {
    expect(strengthOf(part.repeat(100))).toBe('weak')
  }
  const began = performance.now()
  strengthOf('ab'.repeat(100_000))
  strengthOf(`${'a'.repeat(63)}b`.repeat(2000))
  expect(performance.now() - began).toBeLessThan(500)
})
