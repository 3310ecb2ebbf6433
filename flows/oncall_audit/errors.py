"""What can go wrong in words for people, and the exit status that each kind ends with."""

from __future__ import annotations


class AuditError(Exception):
    """A failure the user can act on: what is wrong, where, and what to do."""

    exit_code = 2


class ConfigurationError(AuditError):
    """Wrong use or configuration."""

    exit_code = 2


class CheckFailed(AuditError):
    """A blocking data check failed; nothing was published."""

    exit_code = 3


class SourceError(AuditError):
    """A source could not be read whole."""

    exit_code = 4


class SourceMissing(SourceError):
    """A source is not where it is said to be: trying once more cannot help."""


class ControlError(AuditError):
    """A system refused a change of access, or did not say whether it was made."""

    exit_code = 4


class DeliveryError(AuditError):
    """A channel did not take a message; the next run or `notify` tries again."""

    exit_code = 4


class VerificationFailed(AuditError):
    """Evidence does not verify."""

    exit_code = 5
