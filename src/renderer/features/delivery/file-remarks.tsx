import type { FileCheck } from '#contract/contract.ts'
import { Icon } from '#renderer/components/icon.tsx'
import { Notice } from '#renderer/components/notice.tsx'

type Oddity = NonNullable<FileCheck['remarks'][number]['confirm']>

interface RemarksProps {
  readonly check: FileCheck
  readonly confirmed: ReadonlySet<Oddity>
  readonly onChange: (confirmed: ReadonlySet<Oddity>) => void
}

/** What is odd about the file: each has to be confirmed, or stands in the way. */
export function FileRemarks({ check, confirmed, onChange }: RemarksProps) {
  const toggle = (oddity: Oddity) => {
    const next = new Set(confirmed)
    if (!next.delete(oddity)) next.add(oddity)
    onChange(next)
  }
  if (check.remarks.length === 0) {
    return (
      <p className="remark small good-words" role="status">
        <Icon name="good" size={0.875} />
        <span>{check.exists ? 'The file is there and can be written.' : 'A new file, for you alone.'}</span>
      </p>
    )
  }
  return (
    <Notice level="warning" title="Before it is first written">
      <ul className="file-remarks">
        {check.remarks.map(({ confirm, sentence }) => (
          <li key={sentence}>
            {confirm === null ? (
              <p className="bad-words">{sentence}</p>
            ) : (
              <label className="choice-row">
                <input type="checkbox" checked={confirmed.has(confirm)} onChange={() => toggle(confirm)} />
                <span>{sentence}</span>
              </label>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  )
}
