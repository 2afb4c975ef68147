// The Kubernetes manifests as kubectl puts them together; no cluster is at hand to run them in.
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { run } from '../packages/support/packages.ts'
import { commandsUnder } from './support/server-page.ts'

test('kubectl puts the manifests together, with the Secrets that docs/server.md makes', () => {
  const text = run('kubectl', ['kustomize', 'deploy/kubernetes'])
  const kinds = parseAllDocuments(text).map((document) => document.get('kind'))
  expect(kinds.sort()).toEqual(['Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'Service'])
  const commands = commandsUnder('In Kubernetes')
  const made = [...commands.matchAll(/create secret \w+ (\S+)/g)].map(([, name]) => name)
  const named = [...text.matchAll(/secretName: (\S+)/g)].map(([, name]) => name)
  expect(named.sort()).toEqual(made.sort())
  expect(text).toMatch(/image: registry\.example\.com\/satm:/)
})

test('two servers on one shared vault: each has a volume and the Secrets that docs/server.md makes, and reaches the database', () => {
  const text = run('kubectl', ['kustomize', 'deploy/kubernetes-shared'])
  const documents = parseAllDocuments(text)
  const kinds = documents.map((document) => document.get('kind'))
  expect(kinds.sort()).toEqual(['NetworkPolicy', 'PodDisruptionBudget', 'Service', 'StatefulSet'])
  const commands = ['In Kubernetes', 'Two servers in Kubernetes']
    .map((title) => commandsUnder(title))
    .join('\n')
  const made = [...commands.matchAll(/create secret \w+ (\S+)/g)].map(([, name]) => name)
  const named = [...text.matchAll(/secretName: (\S+)/g)].map(([, name]) => name)
  expect(named.sort()).toEqual(made.sort())
  expect(text).toMatch(/replicas: 2\n/)
  expect(text).toMatch(/volumeClaimTemplates:/)
  expect(text).toMatch(/port: 5432\n/)
  expect(text).not.toMatch(/image: satm\n/)
})
