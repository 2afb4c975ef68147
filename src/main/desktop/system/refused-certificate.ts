// Refused certificate: which certificate of a server Chromium refused last, for the diagnostics. Chromium decides alone.
import type { Certificate, Session } from 'electron'

export interface RefusedCertificate {
  readonly host: string
  /** Chromium's verdict, such as `net::ERR_CERT_AUTHORITY_INVALID`. */
  readonly error: string
  readonly subject: string
  readonly issuer: string
  /** SHA-256, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string
  readonly validFrom: string
  readonly validTo: string
}

/** The result "as Chromium says": https://www.electronjs.org/docs/latest/api/session#sessetcertificateverifyprocproc */
const AS_CHROMIUM_SAYS = -3

/** `refused` is called for each certificate that this session refuses. */
export function watchCertificates(
  session: Pick<Session, 'setCertificateVerifyProc'>,
  refused: (certificate: RefusedCertificate) => void,
): void {
  session.setCertificateVerifyProc(({ hostname, certificate, verificationResult, errorCode }, answer) => {
    if (errorCode !== 0) refused(described(hostname, verificationResult, certificate))
    answer(AS_CHROMIUM_SAYS)
  })
}

function described(host: string, error: string, certificate: Certificate): RefusedCertificate {
  const { subject, issuer, fingerprint, validStart, validExpiry } = certificate
  return {
    host,
    error,
    subject: nameOf(subject, certificate.subjectName),
    issuer: nameOf(issuer, certificate.issuerName),
    fingerprint: pairsOf(Buffer.from(fingerprint.replace(/^sha256\//, ''), 'base64')),
    validFrom: new Date(validStart * 1000).toISOString(),
    validTo: new Date(validExpiry * 1000).toISOString(),
  }
}

function nameOf({ commonName, organizations }: Certificate['subject'], name: string): string {
  return [commonName || name, ...(organizations ?? [])].join(', ')
}

function pairsOf(bytes: Buffer): string {
  return (bytes.toString('hex').toUpperCase().match(/../g) ?? []).join(':')
}
