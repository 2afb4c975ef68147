#!/usr/bin/env python3
"""Calls Webex every few seconds with a token that the Service App Token Manager keeps alive.

  by the local endpoint:  SATM_URL=http://127.0.0.1:7286/v1/token/Orders SATM_SECRET=satm_... python3 call_webex.py
  by satm:                SATM_PROFILE=Orders python3 call_webex.py

EVERY is the number of seconds between two calls (2), WEBEX_URL another cloud or a simulated one. Ctrl+C ends it.
Needs Python 3.8 and nothing else.
"""

import itertools
import os
import time
import urllib.error
import urllib.request

from webex_token import from_endpoint, from_satm

webex = os.environ.get("WEBEX_URL", "https://webexapis.com/v1")

if "SATM_URL" in os.environ:
    source = from_endpoint(os.environ["SATM_URL"], os.environ["SATM_SECRET"])
else:
    command = os.environ.get("SATM", "satm").split(" ")
    source = from_satm(os.environ["SATM_PROFILE"], command, int(os.environ.get("KEEP", "60")))


def send(path):
    """The HTTP status of one call."""
    request = urllib.request.Request(webex + path)
    # Not to wherever an answer redirects to.
    request.add_unredirected_header("Authorization", f"Bearer {source.current()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def call(path):
    """One call; a token that Webex refuses is replaced once."""
    status = send(path)
    if status != 401:
        return status
    source.forget()
    return send(path)


try:
    for count in itertools.count(1):
        try:
            # Any call of yours; this one needs no particular scope.
            result = call("/dataSources/schemas")
        except (OSError, RuntimeError, ValueError) as error:
            result = f"failed: {error}"
        print(count, result, flush=True)
        time.sleep(float(os.environ.get("EVERY", "2")))
except KeyboardInterrupt:
    pass
