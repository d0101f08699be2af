"""
The stand-in at the names of Azure: a workspace, Entra ID and GitHub, over real TLS.

A client that takes proxy and authorities from its environment meets them there without
knowing better.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dlt_action.standin import GITHUB_PATH, GITHUB_QUERY, Workspace, serve
from tests.edge.authority import Authority
from tests.edge.tunnel import Tunnel, at

WORKSPACE = "adb-1234567890123456.7.azuredatabricks.net"
ENTRA = "login.microsoftonline.com"
GITHUB = "pipelines.actions.githubusercontent.com"
NAMES = (WORKSPACE, ENTRA, GITHUB)

HOST = f"https://{WORKSPACE}"
REQUEST_URL = f"https://{GITHUB}{GITHUB_PATH}?{GITHUB_QUERY}"


@dataclass(frozen=True, slots=True)
class Azure:
    """Where it is: the proxy that leads there, and who vouches for it."""

    tunnel: Tunnel
    ca_file: Path

    @property
    def environ(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return {
            "HTTPS_PROXY": self.tunnel.url,
            "https_proxy": self.tunnel.url,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(self.ca_file),
        }


@contextmanager
def azure(workspace: Workspace, folder: Path) -> Iterator[Azure]:
    """*workspace* at its names; certificates are written to *folder*."""
    authority = Authority(folder)
    ca_file = folder / "ca.pem"
    ca_file.write_text(authority.pem)
    cert, key = authority.issue(*NAMES)
    with serve(workspace, cert=cert, key=key) as served:
        where = at(served.url)
        with Tunnel(dict.fromkeys(NAMES, where)) as tunnel:
            yield Azure(tunnel, ca_file)
