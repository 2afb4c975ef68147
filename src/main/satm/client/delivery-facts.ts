// Facts about `satm deliveries`, for the command table.
import { DELIVERY_FIELDS, fieldsIn } from './json-fields.ts'
import type { OptionName } from './option-table.ts'

const ACTIONS = {
  list: { takes: '[PROFILE]', help: 'show all deliveries, or those of one service app' },
  add: { takes: 'PROFILE', help: 'add a delivery, and deliver the current token' },
  edit: { takes: 'ID', help: 'change a delivery, or confirm what has changed about its file' },
  remove: { takes: 'ID', help: 'end a delivery, or a fleet delivery; what was written stays' },
} as const

type DeliveryAction = keyof typeof ACTIONS
export const deliveryActions = Object.keys(ACTIONS) as readonly DeliveryAction[]

export const deliveryFacts = (profile: string) => ({
  summary: 'list, add, edit or remove where the tokens of a service app go',
  arguments: 'ACTION [ARGUMENT]',
  takes: 'action-and-profile' as const,
  options: [
    'file',
    'variable',
    'refresh-variable',
    'command',
    'token-by',
    'read-back',
    'time-limit',
    'secret-store',
    'set',
    'dry-run',
    'yes',
    'output',
    'json',
  ] as const satisfies readonly OptionName[],
  actions: deliveryActions,
  actionRows: deliveryActions.map((name): readonly [string, string] => [
    `${name} ${ACTIONS[name].takes}`,
    ACTIONS[name].help,
  ]),
  fields: DELIVERY_FIELDS,
  details: [
    profile,
    'A delivery is an env file, a command, or a secret store: add needs one of --file, --command and --secret-store. The token is delivered at once, if there is one, and after each renewal. A fleet delivery is added in the app’s window; list shows its ID, for remove. add and edit print the ID, and end with 1 if that delivery fails. edit changes what is named and leaves the rest.',
    'Commands run as the user of the app or server, in its home folder, with the token in their environment or on standard input, never in an argument. The command line tool of a secret store must be signed in for that user.',
    'A file that others can read, or that Git would commit, has to be confirmed: at a terminal by an answer, elsewhere with --yes. What is confirmed is compared at each write.',
    'Fields of --set: vault and openbao have address, mount, path, key; kubernetes context, namespace, name, key; aws region, secretId, profile; github repository, environment, name.',
    fieldsIn(DELIVERY_FIELDS),
  ],
  examples: [
    'satm deliveries list',
    'satm deliveries add orders --file /srv/orders/.env',
    'satm deliveries add orders --token-by stdin --command /srv/orders/reload',
    'satm deliveries add orders --secret-store aws --set region=eu-central-1 --set secretId=orders',
    'satm deliveries edit 7b0d4a52-9c1f-4e7f-8d0e-51f2f8f8a6d1 --time-limit 1m',
    'satm deliveries remove 7b0d4a52-9c1f-4e7f-8d0e-51f2f8f8a6d1',
  ],
})
