// Certificates as a company's own authority issues them, made by OpenSSL.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readCertificate, type ServerCertificate, type TlsFiles } from '#delivery/endpoint/listen-address.ts'

export interface Authority {
  /** PEM. */
  readonly ca: string
  /** `names` as in `subjectAltName`: `DNS:localhost,IP:127.0.0.1`. Negative days: it has expired. */
  issue(names: string, days?: number): TlsFiles
  /** Issued by nobody else. */
  selfSigned(names: string): TlsFiles
  /** What OpenSSL makes of these arguments, in a folder with `key.pem` and `cert.pem` of the last certificate. */
  openssl(...args: readonly string[]): string
  end(): void
}

export function createAuthority(): Authority {
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-ca-'))
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
  const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const root = ['-keyout', 'ca.key', '-out', 'ca.pem']
  openssl('req', '-x509', ...P256, '-days', '2', '-subj', '/O=Soylent/CN=Soylent Root', ...root)
  return {
    ca: read('ca.pem'),
    issue(names, days = 2) {
      openssl('req', ...P256, '-subj', '/O=Soylent', '-keyout', 'key.pem', '-out', 'csr.pem')
      writeFileSync(path.join(folder, 'ext'), `subjectAltName=${names}\n`)
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext']
      openssl('x509', '-req', '-in', 'csr.pem', ...by, '-days', String(days), '-out', 'cert.pem')
      return { cert: read('cert.pem'), key: read('key.pem') }
    },
    selfSigned(names) {
      const extension = ['-addext', `subjectAltName=${names}`]
      openssl(
        'req',
        '-x509',
        ...P256,
        '-subj',
        '/CN=self',
        ...extension,
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
      )
      return { cert: read('cert.pem'), key: read('key.pem') }
    },
    openssl,
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function certificateOf(files: TlsFiles): ServerCertificate {
  const certificate = readCertificate(files)
  if (typeof certificate === 'string') throw new Error(certificate)
  return certificate
}
