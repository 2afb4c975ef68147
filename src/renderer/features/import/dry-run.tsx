// What would be imported and what would not, row by row, before anything is.
import { useEffect, useState } from 'react'
import type { ImportDryRun, ImportedRow, Input } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Picker } from '#renderer/components/choice.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './dry-run.module.css'
import { Found } from './found-names.tsx'
import type { StepProps } from './import-source.tsx'

type Only = Input<'import.rows'>['only']

/** What scrolls must be reachable by keyboard. */
const scrollable = { tabIndex: 0 }

interface DryRunProps extends StepProps {
  readonly dryRun: Extract<ImportDryRun, { kind: 'profiles' }>
  readonly hasManager: boolean
  readonly onBack: () => void
  readonly onConfirm: () => void
}

export function DryRun({ dryRun, hasManager, refusal, busy, onBack, onClose, onConfirm }: DryRunProps) {
  const { comingIn, refused, tokenManager } = dryRun
  const connects = tokenManager?.connects === true
  const [only, setOnly] = useState<Only>('all')
  const { rows, total, more } = useRows(dryRun.id, only)
  return (
    <div className={layout.form}>
      <Refusal>{refusal}</Refusal>
      <div className={styles.summary}>
        <p role="status">
          {comingIn + refused > 0 && (
            <>
              <strong>{comingIn.toLocaleString('en-US')}</strong> of {plural(comingIn + refused, 'row')}{' '}
              {comingIn === 1 ? 'is' : 'are'} ready
              {refused > 0 && (
                <>
                  , <strong>{refused.toLocaleString('en-US')}</strong> rejected
                </>
              )}
              .{' '}
            </>
          )}
          Nothing is stored yet.
        </p>
        {refused > 0 && comingIn > 0 && (
          <Picker
            label="Show"
            value={only}
            options={[
              ['all', 'All rows'],
              ['comes-in', 'Ready'],
              ['refused', 'Rejected'],
            ]}
            onChange={setOnly}
          />
        )}
      </div>
      <Found found={dryRun.found} tokenManager={tokenManager} />
      {!connects && !hasManager && comingIn > 0 && (
        <Notice level="information">
          No token manager is connected yet. Connect the integration after the import to issue the first
          tokens.
        </Notice>
      )}
      {comingIn + refused > 0 && (
        <section className={styles.list} aria-label="Dry run" {...scrollable}>
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Name</th>
                <th scope="col">Customer</th>
                <th scope="col">Org</th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.line} row={row} />
              ))}
            </tbody>
          </table>
          {rows.length < total && (
            <Button size={28} onPress={more}>
              {`Show more (${(total - rows.length).toLocaleString('en-US')})`}
            </Button>
          )}
        </section>
      )}
      {busy && <Storing count={comingIn} />}
      <FormButtons>
        <Button kind="quiet" icon="back" onPress={onBack} disabled={busy}>
          Other file
        </Button>
        <span className="spring" />
        <Button onPress={onClose} disabled={busy}>
          Cancel
        </Button>
        <Button kind="primary" onPress={onConfirm} disabled={busy || (comingIn === 0 && !connects)}>
          {comingIn > 0 || !connects ? `Import ${plural(comingIn, 'row')}` : 'Import token manager'}
        </Button>
      </FormButtons>
    </div>
  )
}

/** Ten thousand take a second or two, in one transaction: there is no half of it to count, and none to keep. */
function Storing({ count }: { readonly count: number }) {
  return (
    <div className={styles.progress}>
      <progress aria-label="Importing" />
      <p className="quiet small" role="status">
        {`Importing ${plural(count, 'row')} in one step: all or none.`}
      </p>
    </div>
  )
}

function Row({ row }: { readonly row: ImportedRow }) {
  const level = row.comesIn ? (row.remarks.length === 0 ? 'good' : 'warning') : 'critical'
  const words = row.comesIn ? 'Ready' : 'Rejected'
  return (
    <tr data-level={level}>
      <td className="figures quiet">{row.line}</td>
      <th scope="row">
        <Name cut>{row.name}</Name>
      </th>
      <td>
        <Name cut>{row.customer}</Name>
      </td>
      <td className="mono quiet">{row.org}</td>
      <td>
        <span className={styles.verdict}>
          <Icon name={level} size={0.875} />
          <span>{row.remarks.length === 0 ? words : `${words}: ${row.remarks.join(' ')}`}</span>
        </span>
      </td>
    </tr>
  )
}

interface Rows {
  readonly rows: readonly ImportedRow[]
  readonly total: number
  readonly more: () => void
}

/** Page by page: ten thousand at once would hold up the window. */
function useRows(id: string, only: Only): Rows {
  const ask = useAsk()
  const [shown, setShown] = useState<{ rows: readonly ImportedRow[]; total: number }>({ rows: [], total: 0 })
  useEffect(() => {
    let wanted = true
    void ask('import.rows', { id, only, from: 0 }).then((reply) => {
      if (wanted && reply.ok) setShown(reply.value)
    })
    return () => {
      wanted = false
    }
  }, [ask, id, only])
  const more = async () => {
    const reply = await ask('import.rows', { id, only, from: shown.rows.length })
    if (reply.ok) setShown({ rows: [...shown.rows, ...reply.value.rows], total: reply.value.total })
  }
  return { ...shown, more: () => void more() }
}
