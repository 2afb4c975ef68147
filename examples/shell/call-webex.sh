#!/bin/sh
# Calls Webex every few seconds with a token that the Service App Token Manager keeps alive.
#
#   by the local endpoint:  SATM_URL=http://127.0.0.1:7286/v1/token/Orders SATM_SECRET=satm_… ./call-webex.sh
#   by satm:                SATM_PROFILE=Orders ./call-webex.sh
#
# EVERY is the number of seconds between two calls (2), WEBEX_URL another cloud or a simulated one. Ctrl+C ends it.
# Needs a POSIX shell and curl.
set -u

webex=${WEBEX_URL:-https://webexapis.com/v1}

# The address $1, asked with the bearer $2. Neither stands in an argument, where every user could read it: printf is part
# of the shell, and curl reads its configuration from standard input. What else curl is told comes after them.
ask() {
  url=$1 bearer=$2
  shift 2
  printf 'url = "%s"\nheader = "Authorization: Bearer %s"\n' "$url" "$bearer" |
    curl --silent --show-error --max-time 60 --retry 5 --config - "$@"
}

# The current token. Asked for each call: the app keeps it, so this script does not have to. With $1 set, Webex refused the
# one before, and the app looks at it first.
token() {
  if [ -n "${SATM_URL:-}" ]; then
    # curl waits as Retry-After says when the app has no token just now.
    ask "$SATM_URL${1:+?refused=yes}" "$SATM_SECRET" --fail-with-body | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
  else
    # Not quoted: SATM may be a command of several words.
    ${SATM:-satm} token "$SATM_PROFILE"
  fi
}

# The HTTP status of one call to Webex; with $1 set, after one that was refused. Any call of yours; this one needs no particular scope.
call() {
  ask "$webex/dataSources/schemas" "$(token "${1:-}")" --output /dev/null --write-out '%{http_code}'
}

count=0
while :; do
  count=$((count + 1))
  status=$(call)
  # A token that Webex refuses is replaced once.
  [ "$status" = 401 ] && status=$(call refused)
  printf '%s %s\n' "$count" "$status"
  sleep "${EVERY:-2}"
done
