import { useView } from '../../window-parts.tsx'
import { Section } from './section.tsx'

export function AboutSection() {
  const { app } = useView()
  const versions = [
    ['Service App Token Manager', app.version],
    ['Electron', app.electron],
    ['Chromium', app.chromium],
    ['Node.js', app.node],
    ['System', app.platform],
  ] as const
  return (
    <Section title="About">
      <dl className="values figures">
        {versions.map(([what, version]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{version}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
