#!/bin/sh
# Calls Webex once with the token that satm exec puts in the environment, and prints the HTTP status. WEBEX_URL is another
# cloud or a simulated one. Needs a POSIX shell and curl.
set -eu

webex=${WEBEX_URL:-https://webexapis.com/v1}

# printf is part of the shell, and curl reads its configuration from standard input: the token is in no argument.
printf 'header = "Authorization: Bearer %s"\n' "$WEBEX_SERVICE_APP_ACCESS_TOKEN" |
  curl --silent --show-error --fail --max-time 60 --config - --output /dev/null --write-out '%{http_code}\n' "$webex/dataSources/schemas"
