// What people paste into the wrong field. Each holds the canary, a secret that must neither be stored in clear nor quoted.

export const CANARY = `s3cr3t${'4b'.repeat(20)}`
const ORG = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'

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
  'a client secret of Webex': 'c0ffee00'.repeat(8),
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
