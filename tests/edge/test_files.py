from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dlt_action.edge.files import Unwritable, write_reports

FILES = {"result.json": "{}\n", "summary.md": "# ok\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "workspace"
    made.mkdir()
    return made


def test_reports_lie_in_the_folder_that_was_asked_for(root: Path) -> None:
    assert write_reports(root, "out/of/dlt", FILES) == root / "out/of/dlt"
    written = {path.name: path.read_text() for path in (root / "out/of/dlt").iterdir()}
    assert written == FILES


def test_a_folder_that_is_there_already_is_used(root: Path) -> None:
    write_reports(root, "out", {"result.json": "old", "kept.txt": "kept"})
    write_reports(root, "out", FILES)
    assert (root / "out/result.json").read_text() == "{}\n"
    assert (root / "out/kept.txt").read_text() == "kept"


def test_the_workspace_itself_will_do(root: Path) -> None:
    assert write_reports(root, ".", FILES) == root
    assert (root / "summary.md").is_file()


def test_a_link_to_the_workspace_is_the_workspace(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    write_reports(link, "out", FILES)
    assert (root / "out/result.json").is_file()


@pytest.mark.parametrize("folder", ["..", "../beside", "a/../../beside", "/tmp"])
def test_a_folder_outside_is_refused(root: Path, tmp_path: Path, folder: str) -> None:
    with pytest.raises(Unwritable, match="leads out of the workspace"):
        write_reports(root, folder, FILES)
    assert list(tmp_path.iterdir()) == [root]


def test_a_tilde_is_a_name_like_any_other(root: Path) -> None:
    assert write_reports(root, "~", FILES) == root / "~"


@pytest.mark.parametrize("target", ["/tmp", "..", "../beside", "/proc/self/root"])
def test_a_link_that_leads_out_is_refused(root: Path, target: str) -> None:
    (root / "out").symlink_to(target)
    for folder in ("out", "out/deeper", "here/../out"):
        with pytest.raises(Unwritable, match="leads out of the workspace"):
            write_reports(root, folder, FILES)


def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    (root / "real").mkdir()
    (root / "out").symlink_to("real")
    write_reports(root, "out", FILES)
    assert (root / "real/result.json").is_file()


def test_links_in_a_circle_are_refused(root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    with pytest.raises(Unwritable, match="report-dir: one: "):
        write_reports(root, "one", FILES)


@pytest.mark.parametrize("name", ["result.json", ".result.json.new"])
def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(
    root: Path, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (root / "out").mkdir()
    (root / "out" / name).symlink_to(victim)
    write_reports(root, "out", FILES)
    assert victim.read_text() == "untouched"
    assert not (root / "out/result.json").is_symlink()
    assert (root / "out/result.json").read_text() == "{}\n"


def test_a_second_name_of_another_file_does_not_change_that_file(
    root: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (root / "out").mkdir()
    os.link(victim, root / "out/result.json")
    write_reports(root, "out", FILES)
    assert victim.read_text() == "untouched"


def test_a_pipe_in_the_place_of_a_file_blocks_nobody(root: Path) -> None:
    (root / "out").mkdir()
    os.mkfifo(root / "out/result.json")
    write_reports(root, "out", FILES)
    assert stat.S_ISREG((root / "out/result.json").stat().st_mode)


@pytest.mark.parametrize("folder", ["file", "file/deeper"])
def test_a_file_in_the_place_of_the_folder_is_told(root: Path, folder: str) -> None:
    (root / "file").write_text("")
    with pytest.raises(Unwritable, match=f"report-dir: {folder}: Not a directory"):
        write_reports(root, folder, FILES)


def test_a_folder_in_the_place_of_a_file_is_told(root: Path) -> None:
    (root / "out/result.json").mkdir(parents=True)
    with pytest.raises(Unwritable, match="report-dir: out: Is a directory"):
        write_reports(root, "out", FILES)


def test_a_workspace_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="No such file or directory"):
        write_reports(tmp_path / "gone", "out", FILES)


def test_a_place_where_nobody_may_write_is_told() -> None:
    # Even root may not: the kernel makes the files in there.
    with pytest.raises(Unwritable, match="report-dir: fs: "):
        write_reports(Path("/proc/sys"), "fs", FILES)


def test_a_text_that_is_no_unicode_is_written_all_the_same(root: Path) -> None:
    write_reports(root, "out", {"summary.md": "lone \ud800\n"})
    assert (root / "out/summary.md").read_text() == "lone \\ud800\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_folders_and_files_belong_to_who_owns_the_workspace(root: Path) -> None:
    os.chown(root, 1001, 118)
    write_reports(root, "out/of/dlt", FILES)
    owners = {(found.stat().st_uid, found.stat().st_gid) for found in root.rglob("*")}
    assert owners == {(1001, 118)}


def test_what_was_there_before_keeps_its_owner_and_mode(root: Path) -> None:
    (root / "out").mkdir(mode=0o750)
    before = (root / "out").stat()
    write_reports(root, "out/deeper", FILES)
    after = (root / "out").stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (
        before.st_uid,
        before.st_gid,
        before.st_mode,
    )


def test_nothing_but_the_reports_is_left_behind(root: Path) -> None:
    write_reports(root, "out", FILES)
    assert {path.name for path in (root / "out").iterdir()} == set(FILES)
