"""Calls one method on a bus and prints the answer as JSON. Python is there anyway: the mock services are written in it."""

import json
import sys

import dbus

question = json.loads(sys.argv[1])
bus = dbus.SystemBus() if question["bus"] == "system" else dbus.SessionBus()
service = bus.get_object(question["name"], question["path"], introspect=False)
method = service.get_dbus_method(question["method"], question["interface"])
print(json.dumps(method(*question["arguments"], signature=question["signature"])))
