// The list of keyboard shortcuts.
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import styles from './keys-dialog.module.css'

const groups: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
  [
    'Everywhere',
    [
      [['Ctrl', 'K'], 'Commands'],
      [['Ctrl', '1 … 5'], 'The screens, in the order of the navigation'],
      [['/'], 'Search the service apps'],
      [['N'], 'Add a service app'],
      [['Esc'], 'Back'],
      [['Alt', '←'], 'Back'],
      [['?'], 'This list'],
    ],
  ],
  [
    'On Problems',
    [
      [['J'], 'Next problem'],
      [['K'], 'Previous problem'],
      [['Enter'], 'Open or close it'],
      [['F'], 'Fix it: press its button'],
      [['R'], 'Refresh, once the customer has acted'],
    ],
  ],
  [
    'In the list of service apps',
    [
      [['J'], 'Next row'],
      [['K'], 'Previous row'],
      [['Enter'], 'Open'],
      [['Space'], 'Preview beside the list'],
      [['R'], 'Refresh'],
      [['C'], 'Copy token'],
      [['T'], 'Test token'],
      [['X'], 'Select'],
      [['Ctrl', 'A'], 'Select all that are shown'],
      [['Shift', 'F10'], 'More actions'],
      [['Esc'], 'Clear the selection, or close the preview'],
    ],
  ],
  [
    'On the page of a service app',
    [
      [['R'], 'Refresh'],
      [['C'], 'Copy token'],
      [['T'], 'Test token'],
    ],
  ],
]

export default function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog wide title="Keyboard shortcuts" onClose={onClose}>
      <div className={styles.groups}>
        {groups.map(([title, keys]) => (
          <section key={title} className={styles.group}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([held, words]) => (
                <div key={held.join(' ')}>
                  <dt>
                    {held.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{words}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="quiet small">On a Mac, Cmd takes the place of Ctrl.</p>
      {/* It has the focus, so that the arrow keys scroll the list. */}
      <FormButtons>
        <span className="spring" />
        <Button onPress={onClose}>Done</Button>
      </FormButtons>
    </Dialog>
  )
}
