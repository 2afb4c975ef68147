// What protects the data on this computer, said honestly.
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useAsk, useView } from '../../window-parts.tsx'
import { Section } from './section.tsx'

const titles = {
  protected: 'Protected by the keychain',
  passphrase: 'Protected by the keychain and a passphrase',
  weak: 'Weak storage',
  closed: 'Not open',
} as const

export function SecuritySection() {
  const { storage, app } = useView()
  const ask = useAsk()
  const safe = storage.level === 'protected' || storage.level === 'passphrase'
  return (
    <Section title="Security and data">
      <Notice level={safe ? 'success' : 'warning'} title={titles[storage.level]}>
        {storage.sentence}
      </Notice>
      <dl className="values">
        <dt>Data folder</dt>
        <dd>
          <span className="mono cut" title={app.dataFolder}>
            {app.dataFolder}
          </span>
          <Button size={28} onPress={() => void ask('app.open-link', { link: 'data-folder' })}>
            Open
          </Button>
        </dd>
      </dl>
    </Section>
  )
}
