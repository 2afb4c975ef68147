"""Where the current access token comes from: the app's local endpoint, or the satm command.

A token is kept until shortly before it expires, so that Webex's answer and not this file is what takes time.
"""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

# At most so many seconds before its end a token is asked for anew; for short-lived ones a tenth of what was left of it.
EARLY = 60.0
# How often an app that has no token just now is asked again.
PATIENCE = 5

# The endpoint is on this computer: no proxy is between, whatever http_proxy says.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class TokenSource:
    """Threads may share one: they wait for the same question."""

    def __init__(self, ask):
        """ask(refused) returns a token and for how many seconds it is kept."""
        self._ask = ask
        self._lock = threading.Lock()
        self._token = None
        self._until = 0.0
        self._refused = False

    def current(self):
        """The token to use now."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                token, keep = self._ask(self._refused)
                self._token, self._until, self._refused = token, time.monotonic() + keep, False
            return self._token

    def forget(self):
        """Webex refused it: the next current() asks anew."""
        with self._lock:
            self._token = None
            self._refused = True


def from_endpoint(url, secret):
    """url: http://127.0.0.1:7286/v1/token/<profile>; secret: of a consumer."""

    def ask(refused):
        # The app looks at its token first if it is told that Webex refused it.
        request = urllib.request.Request(f"{url}?refused=yes" if refused else url)
        # Not to wherever an answer redirects to.
        request.add_unredirected_header("Authorization", f"Bearer {secret}")
        for tried in range(1, PATIENCE + 1):
            try:
                with _direct.open(request, timeout=30) as response:
                    answer = json.load(response)
            except urllib.error.HTTPError as error:
                if error.code != 503 or tried == PATIENCE:
                    raise RuntimeError(json.load(error)["detail"]) from None
                time.sleep(max(1, int(error.headers.get("Retry-After") or 1)))
                continue
            left = float(answer["expires_in"] or 0)
            return answer["access_token"], left - min(EARLY, left / 10)

    return TokenSource(ask)


def from_satm(profile, command=("satm",), keep=60):
    """A token of "satm token <profile>". It is asked for one that lives twice as long as it is kept, in seconds."""

    def ask(_refused):
        words = [*command, "token", profile, "--min-ttl", f"{keep * 2}s"]
        ran = subprocess.run(words, capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr.strip())
        return ran.stdout.strip(), keep

    return TokenSource(ask)
