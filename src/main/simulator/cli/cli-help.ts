// What `--help` prints.

export const HELP = `The simulated Webex, alone. Prints one JSON line and runs until SIGTERM or SIGINT.

  npm run simulator -- [flags]

The line: { baseUrl, integration: { clientId, clientSecret, redirectUri, accessToken, refreshToken },
  serviceApps: [{ name, appId, clientId, clientSecret, orgs: [{ orgId, accessToken, refreshToken }] }] }

Who there is
  --port N                      0, the default: a free one
  --redirect-uri URL            of the integration; http://localhost:3000/callback
  --apps N  --orgs N            service apps, and orgs of each; without either two apps, with two orgs and one

Lifetimes, in seconds
  --access-ttl N                1209599
  --refresh-ttl N               7775999
  --manager-access-ttl N        the integration's; same as --access-ttl
  --manager-refresh-ttl N       the integration's; same as --refresh-ttl

What is unproven of Webex
  --no-rotate                   a refresh keeps the refresh token
  --slide                       a refresh gives the refresh token its full lifetime again
  --unchanged-within N          within so many seconds a refresh gives the same pair with the same expiry
  --omit-refresh-token-tier1    refresh answers of service apps carry no refresh token
  --omit-refresh-token-tier2    nor do those of the Applications API
  --tier2-replaces-pair         the Applications API kills the pairs issued before
  --dead-grant-answer A         oauth-400 (default), webex-401, code-400 (invalid_refresh_token) or empty-401
  --bad-client-answer A         oauth-401 (default), oauth-400, webex-401 or webex-400

Troubles from the start (APP and ORG are places in the printed line, from 1)
  --latency MS                  before every answer
  --date-skew MS                added to the Date header; negative as --date-skew=-MS
  --dead-refresh-token APP/ORG  tier 1 is dead; may be repeated, like the next four
  --dead-access-token APP/ORG
  --deauthorised APP/ORG        the org withdrew its authorisation
  --regenerated-secret APP      the printed client secret is wrong
  --fault JSON                  a fault, see below
  --dead-integration            tier 3 and its bearer are dead
  --expired-integration-access  the bearer of tier 2 has expired

While it runs, on the same port: the credentials on a page at /, and the control, JSON both ways, for programs
on this machine only
  GET  /_control                names of all questions and commands
  GET  /_control/credentials    the printed line's, with the orgs' names
  GET  /_control/ledger         everything seen, tokens as fingerprints
  GET  /_control/duplicates     refreshes that should not have been
  POST /_control/<command>      Content-Type: application/json; answers { ok, value } or { ok, error }
    kill-refresh-token, kill-access-token      { app, orgId }
    deauthorise-org, authorise-org             { orgId, app? }
    kill-integration, revive-integration, expire-integration-access   {}
    regenerate-secret                          { app } -> the new secret; app may be "integration"
    set-scopes                                 { app, scopes: [] }; app may be "integration"
    set-lifetimes                              { accessTtl?, refreshTtl?, managerAccessTtl?, managerRefreshTtl? }
    set-behaviour                              { rotate?, slide?, unchangedWithin?, omitRefreshTokenTier1?,
                                                 omitRefreshTokenTier2?, tier2ReplacesPair?, deadGrantAnswer?,
                                                 badClientAnswer? }
    set-latency, set-date-skew                 { ms }
    fault                                      a fault -> its id
    clear-faults                               { id? }
    issue-personal-access-token                { ttlSeconds? } -> the token

A fault: { kind, endpoint, times?, skip?, client?, orgId?, … }
  endpoint  authorize code tier1 tier2 tier3 accessToken tokenExpiry dataSources dataSourceSchemas peopleMe
            meetings rooms contactCenter unknown, or anyAccessToken, any
  times     how many requests it meets: 1, or "until cleared"; skip: how many pass first
  kind      status { status, shape? webex|oauth|html|empty, message?, error? }
            throttled { retryAfter: { seconds } | { dateInSeconds } | { raw } | "missing" | "absurd", status?, shape? }
            malformed-json, huge-body { bytes? }, redirect { location?, status? }
            missing-field { field }, expires-in { value: negative|zero|string|huge|words|null|boolean|object|list, field? }
            slow-drip { bytesAtOnce?, everyMs? }, hang, reset, date-skew { ms }
  effect    "done": the endpoint did its work before (status, malformed-json, huge-body, redirect, hang, reset);
            "none", the default: it did not

  npm run simulator -- --access-ttl 60 --fault '{"kind":"status","status":503,"endpoint":"tier1","times":3}'
`
