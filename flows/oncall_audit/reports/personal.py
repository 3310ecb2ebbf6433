"""What each text column of the published tables says of a person; a test demands it of every one.

A column has the same name wherever it means the same, so that the name tells; a column that is
not named here is taken for free text, which is the careful answer.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["identifier", "mail", "address", "reference", "detail", "text", "plain"]

# What `identifier` columns hold becomes a pseudonym, whatever it is, unless it is a machine's.
_IDENTIFIERS = (
    "account",
    "approver",
    "approver_id",
    "engineer",
    "engineer_id",
    "person",
    "requester",
    "subject",
)
_MAIL = ("email",)
_ADDRESSES = ("address", "source_ip")
# Our own hashes: they depend on whom they are about, so who has the directory could try it out.
_REFERENCES = (
    "anomaly_id",
    "cause_id",
    "entitlement_id",
    "event_id",
    "finding_id",
    "session_id",
    "shift_id",
)
# Nobody needs them in a report, and they would tell who it is.
_DETAILS = ("device_id", "identity_raw")
# People wrote it, or a system in which people choose the names.
_TEXTS = (
    "baseline",
    "event_ids",
    "evidence",
    "explanation",
    "granted_via",
    "name",
    "object",
    "path",
    "permission",
    "raw_file",
    "reason",
    "request_id",
    "resource_id",
    "resource_name",
    "schedule",
    "summary",
    "title",
    "why",
)
# Words of ours, of the policy or of a standard; versions and hashes of what is no person's.
_PLAIN = (
    "account_kind",
    "action",
    "action_id",
    "also_matched",
    "attack",
    "batch_id",
    "cause",
    "cidr",
    "code_version",
    "control_id",
    "controls",
    "country",
    "coverage_state",
    "end_source",
    "first_detected_run",
    "first_run",
    "framework",
    "identity",
    "incident_id",
    "input",
    "inputs",
    "kind",
    "may_lack",
    "network_id",
    "network_kind",
    "origin",
    "outcome",
    "owner_team",
    "part",
    "peer_group",
    "plan_sha256",
    "policy_sha256",
    "question",
    "requirement",
    "result",
    "role",
    "rule_id",
    "rule_state",
    "rule_version",
    "run_id",
    "runbook",
    "service",
    "severity",
    "sha256",
    "source_name",
    "stage",
    "start_local",
    "state",
    "status",
    "system",
    "table_name",
    "team",
    "time_zone",
    "tz",
)

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(_IDENTIFIERS, "identifier"),
    **dict.fromkeys(_MAIL, "mail"),
    **dict.fromkeys(_ADDRESSES, "address"),
    **dict.fromkeys(_REFERENCES, "reference"),
    **dict.fromkeys(_DETAILS, "detail"),
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(_PLAIN, "plain"),
}
# Where a name means something else than elsewhere.
_BY_TABLE: dict[tuple[str, str], Kind] = {
    ("engineers", "name"): "identifier",
    ("engineers", "started_at"): "detail",
    ("engineers", "ended_at"): "detail",
    ("rules", "title"): "plain",
}


def classified(table: str, column: str) -> Kind | None:
    """Return what a column says of a person; None where nobody has said it."""
    return _BY_TABLE.get((table, column), _KINDS.get(column))


def kind(table: str, column: str, is_text: bool) -> Kind:
    """Return what a column is treated as: text that nobody has classified as free text."""
    return classified(table, column) or ("text" if is_text else "plain")
