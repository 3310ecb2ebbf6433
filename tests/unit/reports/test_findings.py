from __future__ import annotations

from oncall_audit.reports.findings import finding_facts


def test_tells_evidence_in_pairs() -> None:
    evidence = (
        '{"minutes_from_shift": 8745.0, "is_known": false, "sources": ["a", 1], "nothing": null,'
        ' "merged": [{"gap": 5, "approver": null}, {"gap": null}], "empty": [{"a": null}]}'
    )

    assert finding_facts(evidence) == [
        ("minutes from shift", "8,745"),
        ("is known", "no"),
        ("sources", "a, 1"),
        ("merged", "gap 5"),
    ]


def test_keeps_evidence_that_is_no_object() -> None:
    assert finding_facts("not json") == [("evidence", "not json")]
    assert finding_facts("[1, 2]") == [("evidence", "1, 2")]
    assert finding_facts(None) == []


def test_cuts_long_evidence() -> None:
    [(_, text)] = finding_facts('{"argv": "' + "x" * 2000 + '"}')

    assert text == "x" * 1500 + " … (500 more characters)"
