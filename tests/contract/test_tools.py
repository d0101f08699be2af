"""The scripts of `tools/` and `benchmarks/`, whose breaking nothing else notices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.log import cases
from tools import coverage_floors, render_summary


def test_a_summary_is_rendered_with_tables_details_and_mermaid_as_code() -> None:
    page = render_summary.render(
        "| flow | rows |\n|---|--:|\n| `a` | 1 |\n\n"
        "<details><summary>more</summary>\n\n```mermaid\ngraph LR\n```\n\n</details>\n",
        "a & b",
    )
    assert "<td><code>a</code></td>" in page
    assert "<details><summary>more</summary>" in page
    assert '<code class="language-mermaid">graph LR' in page
    assert "<title>a &amp; b</title>" in page


def test_a_page_draws_its_pictures_where_mermaid_is_installed() -> None:
    markdown = "```mermaid\ngraph LR\n```\n"
    page = render_summary.render(markdown, "a", Path("/somewhere/mermaid.min.js"))
    assert '<script src="file:///somewhere/mermaid.min.js"></script>' in page
    assert "are code in these pages" not in page
    undrawn = render_summary.render(markdown, "a")
    assert "<script" not in undrawn
    assert "are code in these pages" in undrawn


def test_a_page_without_pictures_does_not_speak_of_them() -> None:
    assert "are code in these pages" not in render_summary.render("# a\n", "a")


def test_every_summary_in_a_folder_is_rendered_beside_it(tmp_path: Path) -> None:
    for name in ("success", "failure"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.md").write_text(f"# {name}\n")
    assert render_summary.main([str(tmp_path)]) == 0
    assert "<h1>failure</h1>" in (tmp_path / "failure/summary.html").read_text()


@pytest.mark.parametrize(("covered", "code"), [(10, 0), (9, 1)])
def test_one_branch_missed_in_core_is_below_the_floor(
    covered: int, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = {
        "covered_lines": 500,
        "num_statements": 500,
        "covered_branches": 0,
        "num_branches": 0,
    }
    core = {**rest, "covered_branches": covered, "num_branches": 10}
    report = tmp_path / "coverage.json"
    files = {
        "dlt_action/core/watch.py": {"summary": core},
        "dlt_action/cli.py": {"summary": rest},
        "dlt_action/reports/summary.py": {"summary": rest},
        "dlt_action/settings/load.py": {"summary": rest},
    }
    report.write_text(json.dumps({"files": files}))
    assert coverage_floors.main(report) == code
    assert ("MISSED dlt_action/core" in capsys.readouterr().out) is bool(code)


def test_a_room_that_is_not_there_misses_its_floor(tmp_path: Path) -> None:
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {}}))
    assert coverage_floors.main(report) == 1


def test_the_log_of_the_benchmark_is_read_to_its_end_and_each_event_once() -> None:
    found = cases.follow(3_000)
    assert found["exit code"] == 0
    assert found["events not folded once"] == 0
    assert found["receptions per event"] >= 1.0
