// What people paste into the wrong field. Each holds the canary, a secret that must neither be stored in clear nor quoted.

export const CANARY = `s3cr3t${'4b'.repeat(20)}`
const ORG = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'
const WEBEX_SECRET = 'c0ffee00'.repeat(8)
const OPAQUE = 'ZjNhYmNkZWYtMTIzNC01Njc4LTkwYWItY2RlZjEyMzQ1Njc4ZjNhYmNkZWYtMTIz'
const base64 = (text: string) => Buffer.from(text).toString('base64')

export const PASTES: Readonly<Record<string, string>> = {
  YAML: `appId: QXBw\nclientSecret: ${CANARY}`,
  'YAML whose line ends an input field dropped': `appId: QXBwclientSecret: ${CANARY}`,
  TOML: `[serviceApp]\nclientSecret = "${CANARY}"`,
  'TOML without spaces': `clientSecret="${CANARY}"`,
  'a .env': `WEBEX_CLIENT_ID=C1\nWEBEX_CLIENT_SECRET=${CANARY}\n`,
  'a .env whose line ends an input field dropped': `CLIENT_ID=C1CLIENT_SECRET=${CANARY}`,
  'commented JSON': `// the app\n{ "clientSecret": "${CANARY}" }`,
  'a JSON fragment without spaces': `"clientId":"C1","clientSecret":"${CANARY}",`,
  PowerShell: `$env:CLIENT_SECRET="${CANARY}"`,
  'a batch file': `set CLIENT_SECRET=${CANARY}`,
  'a CSV row': `Orders,QXBw,C1,${CANARY},org`,
  'a CSV row with semicolons': `Orders;QXBw;C1;${CANARY};org`,
  'a row with tabs': `QXBw\tC1\t${CANARY}`,
  'a curl command': `curl -d client_secret=${CANARY} https://webexapis.com/v1/access_token`,
  'a URL with a query': `https://example.com/callback?client_secret=${CANARY}`,
  'a URL with a path': `https://example.com/${CANARY}`,
  'a header': `Authorization:Bearer_${CANARY}`,
  'an opaque token': `${CANARY}_P0A1_${ORG}`,
  'an opaque token of another cluster': `${CANARY}_PF84_${ORG.toUpperCase()}`,
  'a JSON web token': `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${CANARY}`,
  'an opaque token whose last character was not copied': `${OPAQUE}_PF84_${ORG.slice(0, -1)}`,
  'an opaque token with half of its org': `${OPAQUE}_P0A1_${ORG.slice(0, 11)}`,
  'an opaque token without its org': `${OPAQUE}_P0A1`,
  'a JSON web token that is encrypted directly': `${base64('{"alg":"dir","enc":"A256GCM"}').replaceAll('=', '')}..${CANARY}.aaaa.bbbb`,
  'the first part of a JSON web token': base64('{"alg":"HS256","typ":"JWT"}'),
  'a client secret of Webex': WEBEX_SECRET,
  'a client secret whose last characters were not copied': WEBEX_SECRET.slice(0, -3),
  'two client secrets': WEBEX_SECRET.repeat(2),
  'a secret of a webhook': `whsec_${base64(CANARY).slice(0, 32)}`,
  'a secret of the local endpoint whose end was not copied': `satm_${CANARY.slice(0, 40)}`,
  'base64 of a client secret': base64(WEBEX_SECRET),
  'base64 of a client secret and its line end': base64(`${WEBEX_SECRET}\n`),
  'base64 of a client secret without padding': base64(WEBEX_SECRET).replaceAll('=', ''),
  'base64 of a client secret whose first character was not copied': base64(WEBEX_SECRET).slice(1),
  'base64 of a client secret in UTF-16': Buffer.from(WEBEX_SECRET, 'utf16le').toString('base64'),
  'base64 of a client secret, encoded twice': base64(base64(WEBEX_SECRET)),
  'base64 of a client secret behind its name': `client_secret_${base64(WEBEX_SECRET)}`,
  'base64 of a client secret in the URI of an app': `ciscospark://us/APPLICATION/${base64(WEBEX_SECRET)}`,
  'base64 of an opaque token': base64(`${OPAQUE}_P0A1_${ORG}`),
  'base64 of a JSON web token': base64(`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${CANARY}`),
  'base64 of a secret of a webhook': base64(`whsec_${base64(CANARY).slice(0, 32)}`),
  'Basic credentials': base64(`C${WEBEX_SECRET}:${WEBEX_SECRET}`),
  'Basic credentials with another secret': base64(`C${WEBEX_SECRET}:${CANARY}`),
  'base64 of a token-config.json': base64(JSON.stringify({ serviceApp: { clientSecret: CANARY } }, null, 2)),
  'base64url of a .env': Buffer.from(`CLIENT_ID=C1\nCLIENT_SECRET=${CANARY}\n`).toString('base64url'),
  'base64 of YAML': base64(`appId: QXBw\nclientSecret: ${CANARY}`),
  'a secret of the local endpoint': `satm_${CANARY.slice(0, 43).padEnd(43, 'x')}`,
  'a value shortened with dots': `${CANARY}...`,
  'a value shortened in its middle': `Y2lz…${CANARY}`,
  'a zero-width space': `QXBw\u200b${CANARY}`,
  'a mark that turns text around': `QXBw\u202e${CANARY}`,
  'a no-break space': `QXBw\u00a0${CANARY}`,
  'a control character': `QXBw\u0000${CANARY}`,
  'a line separator': `QXBw\u2028${CANARY}`,
  'a megabyte': `${CANARY}${'a'.repeat(1_000_000)}`,
}

/** What IDs of Webex look like, in all spellings that are seen. */
export const IDS: readonly string[] = [
  `C${'7e57'.repeat(16)}`,
  'C123',
  ORG,
  ORG.toUpperCase(),
  ...[
    `ciscospark://us/APPLICATION/C${'7e57'.repeat(16)}`,
    `ciscospark://us/ORGANIZATION/${ORG}`,
    `ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/${ORG}`,
    ORG,
  ].flatMap((uri) => [uri, Buffer.from(uri).toString('base64'), Buffer.from(uri).toString('base64url')]),
]
