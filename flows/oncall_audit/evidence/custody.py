"""Who read what was published: noted where that is possible, and never in a reader's way."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

# Longer than any other reader takes to write a line; a stopped one must not stop the rest.
_PATIENCE_SECONDS = 0.5


def note(workspace: Workspace, verb: str, what: Iterable[str]) -> None:
    """Note that this user reads something by a verb; a workspace that is read-only stays as it is.

    `what` names tables, findings or formats, never the text of a query: that may hold anything.
    """
    # Only where there is a workspace: to read must not make one.
    if not workspace.publication.is_symlink():
        return
    # The operating system's refusals only: what is wrong here must show in tests.
    with suppress(OSError):
        _append(workspace, verb, what, durable=False)


def insist(workspace: Workspace, verb: str, what: Iterable[str]) -> None:
    """Note a read that nobody may make unseen; raise `ConfigurationError` where that cannot be."""
    try:
        _append(workspace, verb, what, durable=True)
    except OSError as error:
        raise ConfigurationError(
            f"This is shown only where it can be noted, and {workspace.custody} cannot be"
            f" written: {error.strerror or 'another reader holds it'}."
        ) from None


def _append(workspace: Workspace, verb: str, what: Iterable[str], *, durable: bool) -> None:
    register.append(
        workspace.custody,
        {
            "kind": "read",
            "at": datetime.now(UTC).isoformat(),
            "by": _user(),
            "verb": verb,
            "what": sorted(set(what)),
            "publication": workspace.publication.readlink().name,
        },
        patience=_PATIENCE_SECONDS,
        durable=durable,
    )


def _user() -> str:
    """Return whom the system runs this as, whatever the environment says; and who became that."""
    with suppress(ImportError, KeyError):
        import pwd

        user = pwd.getpwuid(os.getuid()).pw_name
        caller = os.environ.get("SUDO_USER")
        return f"{user} (sudo by {caller})" if caller and caller != user else user
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return f"uid {os.getuid()}"
