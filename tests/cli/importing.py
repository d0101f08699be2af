"""
Run the program that is named, and tell what it imports, and between which requests.

A line of JSON each to standard error, and nothing else about it is different: audit
hooks of CPython see each import of what is not there yet, and what goes over the wire.
"""

from __future__ import annotations

import json
import os
import runpy
import sys


def tell(event: str, arguments: tuple[object, ...]) -> None:
    """Tell of one event, by a call that imports nothing itself."""
    if event == "import":
        said = {"imports": arguments[0]}
    elif event == "http.client.send" and isinstance(arguments[1], bytes):
        method, _, rest = arguments[1].partition(b" ")
        said = {"sends": method.decode("latin-1"), "path": rest.split(b" ")[0].decode()}
    else:
        return
    os.write(2, (json.dumps(said) + "\n").encode())


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.addaudithook(tell)
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        os.write(2, b"{}\n")  # what comes now is not the program's
