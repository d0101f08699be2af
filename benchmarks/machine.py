"""The machine that something was measured on, without its name or any path."""

from __future__ import annotations

import os
import platform
import ssl
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

# What a number depends on, as far as it is there.
_PACKAGES = ("requests", "urllib3", "tenacity", "databricks-sdk")


def described() -> dict[str, Any]:
    """What has to be known of it to read the numbers."""
    return {
        "cores": _cores(),
        "processor": _processor(),
        "memory in GB": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        ),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def _cores() -> int:
    """How many of its processors may be used."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """How busy it is: processes that ran or waited to, over the last minute."""
    return round(os.getloadavg()[0], 1)


def megabytes(most: int) -> float:
    """The most memory that a process had, as `getrusage` tells it, in MB."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return most * unit / 1e6


def _processor() -> str:
    """What the processor calls itself; the kind where it has no name."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text("utf-8").splitlines() if about.exists() else []
    names = [
        line.partition(":")[2].strip()
        for line in lines
        if line.startswith("model name")
    ]
    return names[0] if names else platform.machine()


def told(machine: Mapping[str, Any]) -> str:
    """The same, as half a sentence."""
    packages = ", ".join(f"{name} {is_}" for name, is_ in machine["packages"].items())
    return (
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory in GB']}"
        f" GB, {machine['system']}, Python {machine['python']}, {machine['openssl']},"
        f" {packages}"
    )
