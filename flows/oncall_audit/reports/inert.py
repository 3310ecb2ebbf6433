"""Text for messages: nothing hidden in it, no link or mention that was not meant."""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup

from oncall_audit.reports.text import shortened, visible

_LONGEST_TEXT = 300
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_FORMAT = str.maketrans({"*": "\u2217", "`": "'", "~": "\u223c", "|": "\u00a6"})
_ITALIC = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def inert(value: str) -> str:
    """Return text in which nothing is hidden, and that no reader's program makes a link of."""
    shown = visible(shortened(value, _LONGEST_TEXT))
    return re.sub(r"(?<=www)\.", "[.]", shown.replace("://", "[:]//"))


def mrkdwn(value: str) -> str:
    """Return inert text that Slack and its likes neither format nor take for a mention."""
    plain = _ITALIC.sub("\uff3f", inert(value).translate(_FORMAT))
    for letter, entity in _ENTITIES:
        plain = plain.replace(letter, entity)
    return _MENTION.sub("\uff20", plain)


def pasted(value: str) -> str:
    """Return `mrkdwn` for somebody to paste: a chat escapes what people write by itself."""
    plain = _ITALIC.sub("\uff3f", inert(value).translate(_FORMAT))
    return _MENTION.sub("\uff20", plain)


def link(form: str) -> Callable[[str], Markup]:
    """Return how a report's own address is written: the one link that a message may have."""

    def written(address: str) -> Markup:
        is_url = address.startswith(("https://", "http://"))
        if form == "html":
            shown = Markup("<a href='{0}'>{0}</a>" if is_url else "{0}")  # noqa: S704 - our own
            return shown.format(address)
        if form == "slack":
            return Markup(f"<{address.replace('&', '&amp;')}>" if is_url else mrkdwn(address))  # noqa: S704 - no HTML
        return Markup(address if is_url else inert(address))  # noqa: S704 - no HTML

    return written
