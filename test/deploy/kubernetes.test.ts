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
