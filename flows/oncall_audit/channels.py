"""`notify:` of `oncall-audit.yml`: where people are told of new findings, and of which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from oncall_audit.assets import asset
from oncall_audit.documents import Document, Key
from oncall_audit.validation import Strict, meant, refuse, validate
from oncall_audit.variables import references

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Severity = Literal["critical", "high", "medium", "low", "info"]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$")
]
Secret = Annotated[SecretStr, Field(strict=False)]

_LOCAL = ("localhost", "127.0.0.1", "::1")
_ONE_REFERENCE = re.compile(r"\$\{[^}]*\}")
_RULES = ("models", "rules")


class _Channel(Strict):
    form: Literal["digest", "owners", "reminders"] = Field(
        "digest",
        description="One message a run, one for each owner of new findings, or one for each"
        " engineer who should be reminded.",
    )
    severity: Severity = Field("info", description="The least severity that is told.")
    rules: Names = Field((), description="Tell of these rules alone.")
    owners: Names = Field((), description="Tell of what these teams own alone.")
    top: int = Field(10, ge=1, le=25, description="Findings that are told in words.")
    send_empty: bool = Field(
        False, description="Send the digest of a run without new findings too."
    )


class Slack(_Channel):
    """An incoming webhook of Slack, Mattermost, Rocket.Chat or whatever takes its messages."""

    type: Literal["slack"] = Field(description="The kind of the channel.")
    url: Secret = Field(description="The webhook's address: a secret, so ${NAME}.")


class Webhook(_Channel):
    """Any address that takes a JSON document."""

    type: Literal["webhook"] = Field(description="The kind of the channel.")
    url: Secret = Field(description="The address that takes the document.")
    secret: Secret | None = Field(
        None, description="Signs each document by HMAC-SHA256, in a header: ${NAME}."
    )


class Email(_Channel):
    """Mail through one's own server."""

    type: Literal["email"] = Field(description="The kind of the channel.")
    host: str = Field(min_length=1, description="The mail server.")
    port: int = Field(587, ge=1, le=65535, description="Its port.")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="How the connection is encrypted; none on this machine alone."
    )
    ca_file: str | None = Field(None, description="Certificates to trust besides the system's.")
    user: str | None = Field(None, description="The user name, where the server asks for one.")
    password: Secret | None = Field(None, description="Its password: ${NAME}.")
    sender: Address = Field(description="The address that the mail is from.")
    recipients: Annotated[tuple[Address, ...], Field(strict=False)] = Field(
        (), description="Who gets it. Reminders go to the engineers' own addresses."
    )


Channel = Slack | Webhook | Email
KINDS: dict[str, type[Channel]] = {"slack": Slack, "webhook": Webhook, "email": Email}


class ChannelEntry(Strict):
    """What every channel says; the rest depends on its type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The kind of the channel: slack, webhook or email.")


class _Notify(Strict):
    default_owner: str = Field(
        "security", min_length=1, description="Whose the findings are that no team owns."
    )
    report_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s<>|]+$",
        description="Where people open the report; its path on this machine if not given.",
    )
    expiring_days: int = Field(
        7, ge=1, le=365, description="Days before the end of an acceptance that are reminded of."
    )
    open_days: int = Field(
        14, ge=1, le=3650, description="Days after which an open finding is reminded of."
    )
    again_days: int = Field(
        7, ge=1, le=365, description="Days until the same engineer is reminded of it again."
    )


class NotifyEntry(_Notify):
    """What `notify:` may say."""

    channels: dict[ChannelName, ChannelEntry] = Field({}, description="The channels, by name.")


class Notify(_Notify):
    """Who is told of what, checked whole; secrets are wrapped and in no `repr`."""

    channels: dict[str, Channel] = Field({})


def check(document: Document, said: Mapping[str, Any]) -> None:
    """Refuse every mistake in the channels that their own section cannot know."""
    wrong: list[str] = []
    for name, entry in (said.get("channels") or {}).items():
        key = ("notify", "channels", name)
        kind = KINDS.get(entry["type"])
        if kind is None:
            text = f"there is no kind '{entry['type']}'. {meant(entry['type'], KINDS)}"
            wrong.append(document.mistake((*key, "type"), text))
            continue
        channel = validate(document, kind, entry, under=key)
        wrong += [document.mistake(at, text) for at, text in _wrong(key, channel, entry)]
    refuse(wrong)


def notify(document: Document, expanded: Mapping[str, Any]) -> Notify:
    """Return the section with the variables' values; refuse an address that is none."""
    entries = expanded.get("channels") or {}
    channels = {name: KINDS[it["type"]].model_validate(it) for name, it in entries.items()}
    refuse(
        document.mistake(("notify", "channels", name, "url"), text)
        for name, channel in channels.items()
        if not isinstance(channel, Email) and (text := _no_address(channel.url))
    )
    return Notify(**{**expanded, "channels": channels})


def _wrong(key: Key, channel: Channel, entry: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    known = sorted(path.name for path in asset("dbt_project").joinpath(*_RULES).glob("[!_]*/"))
    for place, rule in enumerate(channel.rules):
        if rule not in known:
            near = meant(rule, known).split("Known:")[0]
            yield (*key, "rules", place), f"there is no rule '{rule}'. {near}See 'rules list'."
    if isinstance(channel, Email):
        yield from _wrong_mail(key, channel)
    elif isinstance(channel, Slack) and not _ONE_REFERENCE.fullmatch(entry["url"]):
        name = f"{key[-1]}_URL".upper().replace("-", "_")
        remedy = f"Set {name}=… in .env and write url: ${{{name}}} here."
        yield (*key, "url"), f"whoever knows it can write there, so it is a secret. {remedy}"
    elif not references(entry["url"]) and (text := _no_address(channel.url)):
        yield (*key, "url"), text


def _wrong_mail(key: Key, channel: Email) -> Iterator[tuple[Key, str]]:
    if channel.form == "reminders" and channel.recipients:
        yield (*key, "recipients"), "reminders go to the engineers' own addresses; take it out."
    if channel.form != "reminders" and not channel.recipients:
        yield (*key, "recipients"), "is missing; say who gets it: [security@example.com]."
    if (channel.user is None) != (channel.password is None):
        yield key, "`user` and `password` go together: give both, or none."
    if channel.tls == "none" and channel.host not in _LOCAL:
        yield (*key, "tls"), "only a mail server on this machine may be spoken to in the open."


def _no_address(url: SecretStr) -> str | None:
    """Say that an address is none, without showing it: it may be what has to be kept."""
    try:
        parts = urlsplit(url.get_secret_value())
        is_local = parts.hostname in _LOCAL
        is_good = parts.scheme == "https" or (parts.scheme == "http" and is_local)
    except ValueError:
        return "is no address."
    if not parts.hostname or not is_good:
        return "is no address that begins with https://."
    if parts.username or parts.password:
        return "must not hold a user name or password."
    return None
