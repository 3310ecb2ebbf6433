"""Tells people of a published audit; whatever becomes of that, the audit stays published."""

from __future__ import annotations

from oncall_audit.errors import AuditError
from oncall_audit.pipeline.run import Progress, Run


def tell(run: Run, report: Progress) -> list[str]:
    """Send what is due after a nightly run; return a sentence for each message that was not."""
    try:
        if not run.settings.notify.channels:
            return []
        # What speaks HTTP and mail is loaded for those who have a channel.
        from oncall_audit.notifications import delivery

        due = delivery.pending(run.workspace, run.settings)
        if due.messages:
            report("notify", ", ".join(due.messages))
        return delivery.deliver(run.workspace, due)[1]
    except AuditError as error:
        return [f"Nobody was notified: {error}"]
    except Exception as error:  # noqa: BLE001 - it is published, whatever becomes of the message
        return [f"Nobody was notified ({type(error).__name__}). Try 'oncall-audit notify'."]
