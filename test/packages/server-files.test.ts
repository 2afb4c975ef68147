// The files that a server is run by: the unit, the container file, the Kubernetes manifests. What they promise is checked
// here by reading them; `npm run test:server` runs the unit.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { projectRoot, run } from './support/packages.ts'

const deploy = path.join(projectRoot, 'deploy')
const read = (file: string) => readFileSync(path.join(deploy, file), 'utf8')
/** s. What the server takes at most to end in order. */
const STOPPING = 20

describe.runIf(process.platform === 'linux')('satm.service', () => {
  const unit = read('satm.service')
  const values = (key: string) =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value)

  test('is understood by systemd, word for word', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'satm-unit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = path.join(folder, 'satm.service')
    writeFileSync(file, unit.replace('/usr/bin/satm', '/bin/true'))
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    expect(verified.stderr.split('\n').filter((line) => line.includes('satm.service'))).toEqual([])
    expect(verified.status).toBe(0)
  })

  test('is exposed to 1.8 of 10 by systemd-analyze security, and not more', () => {
    const said = run('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=18',
      `${deploy}/satm.service`,
    ])
    expect(Number(/exposure level for satm\.service: (\S+)/.exec(said)?.[1])).toBeLessThanOrEqual(1.8)
  })

  test('is no root, has its data from systemd, and waits until the server has ended in order', () => {
    expect(values('User')).toEqual(['satm'])
    expect(values('StateDirectory')).toEqual(['satm'])
    expect(values('StateDirectoryMode')).toEqual(['0700'])
    expect(Number.parseInt(values('TimeoutStopSec')[0] ?? '', 10)).toBeGreaterThan(STOPPING)
    expect(read('sysusers.conf')).toMatch(/^u satm - .* \/var\/lib\/satm \/usr\/sbin\/nologin$/m)
  })

  test('has the passphrase as an encrypted credential alone', () => {
    expect(values('LoadCredentialEncrypted')).toEqual(['satm-passphrase'])
    expect(unit).not.toMatch(/^(SetCredential|Environment|EnvironmentFile|LoadCredential)=/m)
  })
})

describe('the container file', () => {
  const instructions = read('Containerfile')
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '')
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))

  test('runs as nobody of the image, by number', () => {
    const users = last.filter((line) => line.startsWith('USER '))
    expect(users).toEqual(['USER 65532:65532'])
    const after = last.slice(last.findIndex((line) => line.startsWith('USER ')))
    expect(after.filter((line) => /^(RUN|COPY|ADD) /.test(line))).toEqual([])
  })

  test('has no secret: no argument, no variable but names of files and folders', () => {
    expect(instructions.filter((line) => /^(ARG|ADD) /.test(line))).toEqual([])
    const variables = last.flatMap((line) =>
      line.startsWith('ENV ') ? line.slice(4).trim().split(/\s+/) : [],
    )
    expect(variables.length).toBeGreaterThan(0)
    for (const variable of variables)
      expect(variable).toMatch(/^\w+=(\/(var\/lib|run\/secrets)\/[\w/-]+|production)$/)
    const copied = last.filter((line) => line.startsWith('COPY '))
    expect(copied.filter((line) => !line.startsWith('COPY --from=build /build/'))).toEqual([])
  })

  test('asks whether the server lives, and stops it by SIGTERM', () => {
    expect(last.find((line) => line.startsWith('HEALTHCHECK '))).toContain('/livez')
    expect(last).toContain('STOPSIGNAL SIGTERM')
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata?: { readonly name: string }
  readonly [field: string]: unknown
}

describe('the Kubernetes manifests', () => {
  const folder = path.join(deploy, 'kubernetes')
  const documents = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(folder, file), 'utf8'), { strict: true, uniqueKeys: true }),
  )
  const manifests = documents.map((document) => document.toJS() as Manifest)
  const one = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)

  test('are YAML without a mistake, and every file is part of the kustomization', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    const [kustomization] = one('Kustomization')
    const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml')
    expect(kustomization?.resources).toHaveLength(files.length)
    expect(kustomization?.resources).toEqual(expect.arrayContaining(files))
  })

  test('run one server at a time, and wait until it has ended in order', () => {
    expect(one('Deployment')).toMatchObject([
      {
        spec: {
          replicas: 1,
          strategy: { type: 'Recreate' },
          template: { spec: { enableServiceLinks: false } },
        },
      },
    ])
    expect(one('PersistentVolumeClaim')).toMatchObject([{ spec: { accessModes: ['ReadWriteOnce'] } }])
    const [seconds] = /(?<=terminationGracePeriodSeconds: )\d+/.exec(read('kubernetes/deployment.yaml')) ?? []
    expect(Number(seconds)).toBeGreaterThan(STOPPING)
  })

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/
  test('keep to the Pod Security Standard "restricted", with a root file system that nothing writes to', () => {
    expect(one('Deployment')).toMatchObject([
      {
        spec: {
          template: {
            spec: {
              automountServiceAccountToken: false,
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              containers: [
                {
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                },
              ],
            },
          },
        },
      },
    ])
  })

  test('have secrets as files alone, and none of their own', () => {
    expect(one('Secret')).toEqual([])
    const text = readdirSync(folder).map((file) => read(`kubernetes/${file}`))
    expect(text.join('\n')).not.toMatch(/secretKeyRef|envFrom|stringData/)
  })

  test('probe the operations port, and reach what the Service and the policy name', () => {
    const text = read('kubernetes/deployment.yaml')
    expect([...text.matchAll(/path: (\/\w+)\n\s+port: operations/g)].map(([, found]) => found)).toEqual([
      '/livez',
      '/livez',
      '/readyz',
    ])
    expect(one('Service')).toMatchObject([{ spec: { ports: [{ port: 443, targetPort: 'https' }] } }])
    const [policy] = one('NetworkPolicy')
    expect(policy).toMatchObject({ spec: { policyTypes: ['Ingress', 'Egress'] } })
  })
})
