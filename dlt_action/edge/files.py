"""
Writing reports into the checkout: a folder of an untrusted tree.

The folder is relative and stays inside: no link on the way may lead out. Files get the
owner of the workspace, because what root leaves behind breaks the steps that follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


class Unwritable(Exception):
    """A report could not be written; the message says why."""


def write_reports(root: Path, folder: str, files: Mapping[str, str]) -> Path:
    """
    Write *files* (name → text) into *folder* below *root*; the folder's path.

    Raises `Unwritable`.
    """
    with _told(folder):
        target, owner = _opened(root, folder)
        for name, text in files.items():
            _write(target / name, text, owner)
    return target


def new_file(root: Path, folder: str, name: str) -> int:
    """
    A descriptor to write the new file *name* in *folder* below *root* with.

    Raises `Unwritable`.
    """
    with _told(folder):
        target, owner = _opened(root, folder)
        path = target / name
        # Replaced, and not followed: the name may be a link to somewhere else.
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        _give(path, owner)
    return descriptor


@contextmanager
def _told(folder: str) -> Iterator[None]:
    """Whatever goes wrong is `Unwritable`, in words."""
    try:
        yield
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: before 3.13, of a link loop
        strerror = error.strerror if isinstance(error, OSError) else None
        cause = strerror or type(error).__name__
        raise Unwritable(f"report-dir: {folder}: {cause}") from error


def _opened(root: Path, folder: str) -> tuple[Path, os.stat_result]:
    """The folder, made where it is missing, and the owner of what comes into it."""
    base = root.resolve(strict=True)
    target = (base / folder).resolve()
    if not target.is_relative_to(base):
        raise Unwritable(f"report-dir: {folder} leads out of the workspace")
    owner = base.stat()
    _make(target, base, owner)
    return target, owner


def _make(target: Path, base: Path, owner: os.stat_result) -> None:
    for part in reversed((target, *target.parents)):
        if part != base and part.is_relative_to(base) and not part.exists():
            part.mkdir()
            _give(part, owner)


def _write(path: Path, text: str, owner: os.stat_result) -> None:
    # A name of ours may already be a link to somewhere else: replace, do not follow.
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with temporary.open("x", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    _give(temporary, owner)
    temporary.replace(path)


def _give(path: Path, owner: os.stat_result) -> None:
    # Not root: then the files are already ours. Or an owner that is nobody in here.
    with suppress(OSError):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
