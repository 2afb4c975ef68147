// Secret stores: for each, its own command line tool, what has to be known, and the commands that write a token, read it
// back and look at the rights. A command takes the token from standard input, so it is in no argument and no environment.

export interface StoreField {
  readonly name: string
  readonly label: string
  readonly example: string
  readonly hint?: string
  readonly initial?: string
  readonly isOptional?: boolean
  readonly pattern: RegExp
  /** What fits, where `pattern` does not. */
  readonly rule: string
}

export interface StoreCommands {
  readonly command: string
  /** null: the store lets nobody read what it has. */
  readonly readBack: string | null
  /** Writes nothing: shows who is signed in, or what they may do. */
  readonly check: string
}

export interface SecretStore {
  readonly name: string
  /** Its executable. */
  readonly tool: string
  /** Prints the tool's version, and asks no server. */
  readonly version: string
  readonly fields: readonly StoreField[]
  /** Once, in a terminal, as the user the app runs as. */
  readonly signIn: string
  readonly leastRight: string
  /** Whether its commands need nothing of a POSIX shell. */
  readonly isOnWindows: boolean
  /** `isWindows`: for cmd, in place of a POSIX shell. */
  commands(values: StoreValues, isWindows?: boolean): StoreCommands
}

export type StoreValues = Readonly<Record<string, string>>

/** The token comes as a line; stores keep each byte. */
const ONE_TOKEN = "tr -d '\\n'"

/** HashiCorp documents `key=-` as "read from stdin": https://developer.hashicorp.com/vault/docs/commands/kv/put */
function keyValueStore(name: string, tool: string): SecretStore {
  return {
    name,
    tool,
    version: `${tool} version`,
    fields: [
      {
        name: 'address',
        label: 'Address',
        example: `https://${tool}.example.com:8200`,
        pattern: /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$))[^\s'"]*$/,
        rule: 'Enter an address that begins with https://.',
      },
      {
        name: 'mount',
        label: 'Mount of the KV engine (version 2)',
        example: 'secret',
        initial: 'secret',
        pattern: /^\w[\w./-]*$/,
        rule: 'Use letters, digits, and . _ - /.',
      },
      {
        name: 'path',
        label: 'Path of the secret',
        example: 'webex/orders/acme',
        hint: 'A path of its own: other keys there are replaced.',
        pattern: /^\w[\w./-]*$/,
        rule: 'Use letters, digits, and . _ - /.',
      },
      {
        name: 'key',
        label: 'Key',
        example: 'access_token',
        initial: 'access_token',
        pattern: /^\w[\w.-]*$/,
        rule: 'Use letters, digits, and . _ -.',
      },
    ],
    signIn: `Run “${tool} login” with this address. The sign-in is kept in your home folder; use a periodic token, which does not end.`,
    leastRight: 'create, update and read on <mount>/data/<path>',
    isOnWindows: false,
    commands({ address = '', mount = '', path = '', key = '' }) {
      const at = `-address=${quoted(address)}`
      return {
        command: `${ONE_TOKEN} | ${tool} kv put ${at} -mount=${quoted(mount)} ${quoted(path)} ${quoted(key)}=-`,
        readBack: `${tool} kv get ${at} -mount=${quoted(mount)} -field=${quoted(key)} ${quoted(path)}`,
        check: `${tool} token capabilities ${at} ${quoted(`${mount}/data/${path}`)}`,
      }
    },
  }
}

/** Namespaces and names of objects: RFC 1123. */
const KUBERNETES_NAME = {
  pattern: /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
  rule: 'Use lowercase letters, digits, - and .; begin and end with a letter or digit.',
} as const

export const SECRET_STORES = {
  vault: keyValueStore('HashiCorp Vault', 'vault'),
  openbao: keyValueStore('OpenBao', 'bao'),
  /** Server-side apply leaves the Secret's other keys alone, and writes no copy of the token into an annotation. */
  kubernetes: {
    name: 'Kubernetes Secret',
    tool: 'kubectl',
    version: 'kubectl version --client',
    fields: [
      {
        name: 'context',
        label: 'Context',
        example: 'production',
        hint: 'Of your kubeconfig. The current context may change under way.',
        pattern: /^[^\s'"-][^'"\r\n\t]*$/,
        rule: 'Enter a context without quotes: see “kubectl config get-contexts”.',
      },
      {
        name: 'namespace',
        label: 'Namespace',
        example: 'default',
        initial: 'default',
        ...KUBERNETES_NAME,
      },
      { name: 'name', label: 'Name of the Secret', example: 'webex-orders', ...KUBERNETES_NAME },
      {
        name: 'key',
        label: 'Key',
        example: 'access-token',
        initial: 'access-token',
        pattern: /^[\w.][\w.-]*$/,
        rule: 'Use letters, digits, and . _ -.',
      },
    ],
    signIn:
      'Sign in as your cluster’s provider documents it, so that kubectl works in a new terminal without a question.',
    leastRight: 'get, create and patch on this Secret',
    isOnWindows: false,
    commands({ context = '', namespace = '', name = '', key = '' }) {
      const where = `--context ${quoted(context)} --namespace ${quoted(namespace)}`
      const make = `kubectl create secret generic ${quoted(name)} --namespace ${quoted(namespace)} --from-file=${quoted(key)}=/dev/stdin --dry-run=client -o yaml`
      return {
        command: `${ONE_TOKEN} | ${make} | kubectl apply ${where} --server-side --force-conflicts --field-manager=service-app-token-manager -f -`,
        readBack: `kubectl get secret ${quoted(name)} ${where} -o go-template='{{index .data "${key}" | base64decode}}'`,
        check: `kubectl auth can-i patch ${quoted(`secret/${name}`)} ${where}`,
      }
    },
  },
  /** Any parameter takes `file://`: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html */
  aws: {
    name: 'AWS Secrets Manager',
    tool: 'aws',
    version: 'aws --version',
    fields: [
      {
        name: 'region',
        label: 'Region',
        example: 'eu-central-1',
        pattern: /^[a-z]{2,}(?:-[a-z0-9]+)+$/,
        rule: 'Enter a region such as eu-central-1.',
      },
      {
        name: 'secretId',
        label: 'Name or ARN of the secret',
        example: 'webex/orders/acme',
        hint: 'Create it once, with “aws secretsmanager create-secret”.',
        pattern: /^[\w/+=.@:][\w/+=.@:-]*$/,
        rule: 'Use letters, digits, and / _ + = . @ -.',
      },
      {
        name: 'profile',
        label: 'Profile',
        example: 'default',
        initial: 'default',
        hint: 'Of your AWS configuration.',
        pattern: /^\w[\w.@+/-]*$/,
        rule: 'Use letters, digits, and . _ @ + / -.',
      },
    ],
    signIn: 'Run “aws configure” for this profile, or “aws sso login”, whose sign-in ends after some hours.',
    leastRight: 'secretsmanager:PutSecretValue, GetSecretValue and DescribeSecret on this secret',
    isOnWindows: false,
    commands({ region = '', secretId = '', profile = '' }) {
      const where = `--profile ${quoted(profile)} --region ${quoted(region)} --secret-id ${quoted(secretId)}`
      return {
        command: `${ONE_TOKEN} | aws secretsmanager put-secret-value ${where} --secret-string file:///dev/stdin --query VersionId --output text`,
        readBack: `aws secretsmanager get-secret-value ${where} --query SecretString --output text`,
        check: `aws secretsmanager describe-secret ${where} --query ARN --output text`,
      }
    },
  },
  /** "Reads from standard input if not specified": https://cli.github.com/manual/gh_secret_set */
  github: {
    name: 'GitHub Actions secret',
    tool: 'gh',
    version: 'gh --version',
    fields: [
      {
        name: 'repository',
        label: 'Repository',
        example: 'example-org/orders',
        pattern: /^(?:[\w.-]+\/)?\w[\w.-]*\/[\w.-]+$/,
        rule: 'Enter owner/name, or host/owner/name.',
      },
      {
        name: 'environment',
        label: 'Environment',
        example: 'production',
        isOptional: true,
        pattern: /^[^\s'"-][^'"\r\n\t]*$/,
        rule: 'Enter a name without quotes.',
      },
      {
        name: 'name',
        label: 'Name of the secret',
        example: 'WEBEX_ACCESS_TOKEN',
        pattern: /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i,
        rule: 'Use letters, digits and _; begin with no digit and not with GITHUB_.',
      },
    ],
    signIn: 'Run “gh auth login” once.',
    leastRight: 'a fine-grained token with Secrets: read and write for this repository',
    isOnWindows: true,
    commands({ repository = '', environment = '', name = '' }, isWindows = false) {
      const inQuotes = isWindows ? quotedForCmd : quoted
      const where = `--repo ${inQuotes(repository)}${environment === '' ? '' : ` --env ${inQuotes(environment)}`}`
      // gh takes line breaks off the end: https://github.com/cli/cli/blob/trunk/pkg/cmd/secret/set/set.go
      const first = isWindows ? '' : `${ONE_TOKEN} | `
      return {
        command: `${first}gh secret set ${inQuotes(name)} ${where}`,
        readBack: null,
        check: `gh secret list ${where}`,
      }
    },
  },
} as const satisfies Readonly<Record<string, SecretStore>>

export type SecretStoreId = keyof typeof SECRET_STORES

export const SECRET_STORE_IDS = Object.keys(SECRET_STORES).filter(isSecretStore)

/** Those whose commands work there. */
export function storesOn(isWindows: boolean): readonly SecretStoreId[] {
  return SECRET_STORE_IDS.filter((id) => !isWindows || SECRET_STORES[id].isOnWindows)
}

export function isSecretStore(id: string): id is SecretStoreId {
  return Object.hasOwn(SECRET_STORES, id)
}

/** The fields that do not fit, each with what fits. In a template a placeholder stands for letters, digits and -. */
export function storeFlaws(
  { fields }: SecretStore,
  values: StoreValues,
  { isTemplate, isWindows }: { readonly isTemplate: boolean; readonly isWindows: boolean },
): Readonly<Record<string, string>> {
  const flaws = fields.flatMap(({ name, pattern, rule, isOptional }) => {
    const typed = values[name] ?? ''
    const value = isTemplate ? typed.replaceAll(PLACEHOLDER, 'a-1') : typed
    if (value.search(PLACEHOLDER) >= 0) return [[name, 'Only a fleet delivery has placeholders.']]
    if (value === '' && isOptional === true) return []
    // Between quotes cmd still replaces %NAME%, and a program takes \" for a quote.
    if (isWindows && /[%\\]/.test(value))
      return [[name, 'Use no % and no \\, which mean something to Windows.']]
    return value.length <= LONGEST_VALUE && pattern.test(value) ? [] : [[name, rule]]
  })
  return Object.fromEntries(flaws)
}

const LONGEST_VALUE = 512
const PLACEHOLDER = /\{(?:app|customer|orgId)\}/g

const NEEDS_NO_QUOTES = /^[\w./:=@%+{}-]+$/

/** For a POSIX shell. */
function quoted(value: string): string {
  return NEEDS_NO_QUOTES.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

/** For cmd; a value has no quotes, `storeFlaws` sees to the rest. */
function quotedForCmd(value: string): string {
  return NEEDS_NO_QUOTES.test(value) ? value : `"${value}"`
}
