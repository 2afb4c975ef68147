import { expect, test } from 'vitest'
import { countReport, countSum, sumLine, sumOf } from '../../scripts/run/vitest.mjs'

const counts = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] }

test('tests are counted by their outcome', () => {
  expect(report({ ...counts, numFailedTests: 2 }, 1)).toEqual({ passed: 5, failed: 2, skipped: 2 })
})

test('a file that could not be loaded counts as a failure', () => {
  const broken = { status: 'failed', assertionResults: [] }
  expect(report({ ...counts, testResults: [broken] }, 1)).toMatchObject({ passed: 5, failed: 1 })
})

test('a failure beside the tests counts', () => {
  expect(report(counts, 1)).toMatchObject({ passed: 5, failed: 1 })
})

test('a run without any test is a failure', () => {
  expect(report({ ...counts, numPassedTests: 0 }, 0)).toMatchObject({ passed: 0, failed: 1 })
})

test.each(['', '{"numPassedTests": 5, '])('a run that died over its report (%j) is a failure', (text) => {
  expect(countReport(text, 137)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('several runs are counted as one', () => {
  const one = { passed: 5, failed: 0, skipped: 2 }
  const other = { passed: 1, failed: 3, skipped: 0 }
  expect([one, other].reduce(sumOf)).toEqual({ passed: 6, failed: 3, skipped: 2 })
})

test('the sum of another command is read from its last line', () => {
  const sum = { passed: 5, failed: 2, skipped: 1 }
  expect(countSum(`said before\n${sumLine(sum)}\n`, 1)).toEqual(sum)
  expect(countSum(`${sumLine({ ...sum, failed: 0 })}\n`, 1)).toEqual({ ...sum, failed: 1 })
})

test.each(['', '5 passed, 0 failed, 0 skipped\nand then it died'])(
  'a command that ended without a sum (%j) is a failure',
  (said) => {
    expect(countSum(said, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  },
)

function report(value: object, exitCode: number) {
  return countReport(JSON.stringify(value), exitCode)
}
