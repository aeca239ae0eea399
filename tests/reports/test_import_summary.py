"""The end of an import says what was refused: each fault once, how often, and its first line."""

from pathlib import Path

from service.reports import import_summary
from tests.reports.trials import kinds, tried


def test_the_summary_tells_each_fault_once_the_most_frequent_first(tmp_path: Path) -> None:
    rows = [
        "138****1234",
        "19790001234",
        "138****1235",
        "19790001235 / 19790001236",
        "1979000123",
        "19790009****",
    ]
    text = "".join(f"{number},2026-03-01T21:05:00+08:00,r{n}\n" for n, number in enumerate(rows))
    trial = tried(tmp_path, f"number,occurred_at,reporter\n{text}".encode())
    assert kinds(trial) == [
        ("number:number_masked", 3, 1),
        ("number:number_several_numbers", 1, 4),
        ("number:number_wrong_length", 1, 5),
    ]
    assert "11 位，您写了 10 位" in trial.reasons[2].first.reason


def test_rejected_lines_of_an_earlier_release_are_summed_up_too(tmp_path: Path) -> None:
    path = tmp_path / "rejected"
    path.write_text('{"line": 7, "reason": "wrong", "text": "a"}\n' * 2, "utf-8")
    (reason,) = import_summary.reasons_in(path)
    assert (reason.lines, reason.first.line, reason.first.kind) == (2, 7, "wrong")
    assert import_summary.reasons_in(tmp_path / "none") == []
