"""Saved queries: one file a question. What lies in this folder or the workspace's is found."""

from oncall_audit.queries.asking import answers, blind_hours, bound, known, spelled
from oncall_audit.queries.saved import Parameter, Query, load, meant_by

__all__ = [
    "Parameter",
    "Query",
    "answers",
    "blind_hours",
    "bound",
    "known",
    "load",
    "meant_by",
    "spelled",
]
