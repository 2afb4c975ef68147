import { describe, expect, test } from 'vitest'
import { isolated, printable, withoutIsolates } from '#base/common/display-text.ts'

describe('a name inside a sentence', () => {
  test.each(['Orders', 'Übersicht', 'Заказы', 'Παραγγελίες', '受注', '주문', 'ऑर्डर', '📞 (2)', ''])(
    'is as it is where it is written from left to right: %s',
    (name) => expect(isolated(name)).toBe(name),
  )

  test.each(['הזמנות', 'الطلبات', 'Orders (ירושלים)', 'ﻻ', 'ߊߟߊ', 'ܐܒܓ', '\u{10a00}', '\u{1e900}'])(
    'has isolates around it where it is written from right to left: %s',
    (name) => {
      expect(isolated(name)).toBe(`\u2068${name}\u2069`)
      expect(withoutIsolates(`“${isolated(name)}” is paused.`)).toBe(`“${name}” is paused.`)
    },
  )

  test.each([
    ['an override', '\u202eקובץ\u202c', '\u2068\\u{202e}קובץ\\u{202c}\u2069'],
    ['an override alone', '\u202e', '\\u{202e}'],
    ['an end of our isolate', 'א\u2069ב', '\u2068א\\u{2069}ב\u2069'],
    ['an embedding', '\u202bOrders', '\\u{202b}Orders'],
    ['a line end', 'Orders\nAcme', 'Orders\\u{a}Acme'],
    ['half a character', '\ud800', '\\u{d800}'],
  ])('shows %s by its code', (_, name, shown) => expect(isolated(name)).toBe(shown))

  test('keeps the joiners that are part of a word', () => {
    expect(printable('می\u200cخواهم')).toBe('می\u200cخواهم')
    expect(printable('👩\u200d🔧')).toBe('👩\u200d🔧')
  })
})
