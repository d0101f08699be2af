"""Texts beside their golden files; `--update-golden` writes those again."""

from __future__ import annotations

from pathlib import Path


class Same:
    """Compares with a golden file of a folder, or writes it."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self._folder = folder
        self._update = update

    def __call__(self, name: str, text: str) -> None:
        path = self._folder / name
        if self._update:
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is made by --update-golden; then read it"
        agreed = path.read_text(encoding="utf-8")
        assert text.split("\n") == agreed.split("\n")
