"""`oncall-audit.yml` and the environment as frozen, validated settings."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from oncall_audit import channels, documents, sources, variables
from oncall_audit.channels import Notify, NotifyEntry
from oncall_audit.policy.commands import Expression
from oncall_audit.retention import Retention
from oncall_audit.sources import Entry, Source
from oncall_audit.validation import Strict, TimeZone, refuse, validate
from oncall_audit.workspace import Workspace

__all__ = ["Settings", "Source", "load"]

# It names folders and tables; lower case, for two names must not differ by case alone.
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


# Read by name, each by its own part.
_SECTIONS = ("sources", "control", "notify")


class Reports(Strict):
    """What each run writes beside its tables: in which formats, and whether it names people."""

    formats: Annotated[
        tuple[Literal["html", "csv", "json", "md", "xlsx", "ocsf", "oscal", "pdf"], ...],
        Field(strict=False),
    ] = Field(
        ("csv", "json"),
        description="Formats that each run writes; html and md come in any case. All of them:"
        " oncall-audit report --help.",
    )
    pseudonymised: bool = Field(
        False, description="Whether reports name nobody, unless it is asked for."
    )


class _Common(Strict):
    organisation: str = Field(min_length=1, description="The name on the reports.")
    time_zone: TimeZone = Field("UTC", description="IANA zone of reviewed weeks and months.")
    first_window_days: int = Field(
        30, ge=1, le=3660, description="Days that the very first audit goes back."
    )
    late_after_hours: float = Field(
        26, gt=0, le=8784, description="Hours after the last good audit until somebody is told."
    )
    threads: int = Field(2, ge=1, le=256, description="Threads of the warehouse.")
    memory_limit: str = Field(
        "2GB",
        pattern=r"^[1-9]\d*(\.\d+)?\s?(MB|GB|TB|MiB|GiB|TiB)$",
        description="Memory of the warehouse, such as 2GB or 512MB.",
    )
    spill: str | None = Field(
        None,
        min_length=1,
        description="Folder for what does not fit in memory_limit; in data/ if none is given.",
    )
    geoip: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="MaxMind files that tell where addresses are; the policy's networks win."
    )
    signing_key: Annotated[SecretStr | None, Field(strict=False)] = Field(
        None,
        description="The Ed25519 key that signs evidence packs: a PEM file's path, or ${NAME} for"
        " the PEM text itself. One is made in data/keys if none is given.",
    )
    time_stamp_authority: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of an RFC 3161 authority that stamps the manifest of each evidence"
        " pack; it gets a hash and nothing else.",
    )
    reports: Reports = Field(Reports(), description="What each run writes beside its tables.")
    pseudonym_key: Annotated[SecretStr | None, Field(strict=False)] = Field(
        None,
        description="The secret that pseudonyms are made with, as ${NAME}: 64 hexadecimal digits."
        " One is made in data/keys if none is given.",
    )
    redact: Annotated[tuple[Expression, ...], Field(strict=False)] = Field(
        (),
        description="Regular expressions (RE2) of what is taken out of commands and statements, in"
        " addition to what looks like a secret.",
    )
    retention: Retention = Field(
        Retention(), description="How long each part of the workspace is kept."
    )


class TargetEntry(Strict):
    """What every system that access control changes may say, whatever its provider."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The provider; 'oncall-audit access providers' lists them.")
    system: str | None = Field(
        None, min_length=1, description="The system's name in its entitlements and in the policy."
    )


class ConfigurationFile(_Common):
    """What `oncall-audit.yml` may say."""

    sources: dict[SourceName, Entry] = Field({}, description="The systems to read, by name.")
    control: dict[SourceName, TargetEntry] = Field(
        {}, description="The systems whose access may be changed, with credentials of their own."
    )
    notify: NotifyEntry = Field(
        NotifyEntry(), description="Where people are told of new findings, and of which."
    )


class Settings(_Common):
    """A workspace's configuration, checked whole."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    sources: tuple[Source, ...] = ()
    notify: Notify = Notify()


def load(workspace: Workspace) -> Settings:
    """Return the workspace's settings; every mistake in them is told with its line."""
    document = documents.read(workspace.config)
    known = variables.variables(workspace)
    # "sources:" with everything below it commented out is no mistake.
    said = _said(document.content)
    if isinstance(said.get("notify"), dict):
        said["notify"] = _said(said["notify"])
    file = validate(document, ConfigurationFile, said)
    refuse(
        [
            *variables.mistakes(document, known),
            *_told_openly(document, said),
            *(
                text
                for name, it in file.sources.items()
                for text in sources.mistakes(document, name, it)
            ),
        ]
    )
    channels.check(document, said.get("notify") or {})
    expanded = variables.expand(said, known)
    notify = channels.notify(document, expanded.get("notify") or {})
    found = [
        sources.source(name, entry, expanded["sources"][name])
        for name, entry in file.sources.items()
    ]
    refuse([*_unusable(document, found, workspace), *_unread(document, file.geoip, workspace)])
    return Settings(**{**_plain(file, expanded), "sources": tuple(found), "notify": notify})


def is_pseudonymised(workspace: Workspace) -> bool:
    """Say whether reports name nobody by default; for who may not read the secrets too."""
    if not workspace.config.exists():
        return False
    section = documents.read(workspace.config).content.get("reports")
    return isinstance(section, dict) and section.get("pseudonymised") is True


def report_url(workspace: Workspace) -> str | None:
    """Return where the configuration says that people find the report, if it does so openly."""
    if not workspace.config.exists():
        return None
    section = documents.read(workspace.config).content.get("notify")
    url = section.get("report_url") if isinstance(section, dict) else None
    return url if isinstance(url, str) and not variables.references(url) else None


def _said(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}


def _plain(file: BaseModel, expanded: dict[str, Any]) -> dict[str, Any]:
    return {name: expanded[name] for name in file.model_fields_set - {*_SECTIONS}}


def _told_openly(document: documents.Document, said: dict[str, Any]) -> Iterator[str]:
    if "PRIVATE KEY" in str(said.get("signing_key", "")):
        yield document.mistake(
            ("signing_key",),
            "a secret must not stand in this file. Give the path of the key's file, or set"
            " SIGNING_KEY=… in .env and write signing_key: ${SIGNING_KEY} here.",
        )
    key = said.get("pseudonym_key")
    if key is not None and not variables.is_one_reference(key):
        yield document.mistake(
            ("pseudonym_key",),
            "a secret must not stand in this file. Set PSEUDONYM_KEY=… in .env and write"
            " pseudonym_key: ${PSEUDONYM_KEY} here.",
        )


def _unusable(document: documents.Document, found: list[Source], workspace: Workspace) -> list[str]:
    return [
        document.mistake(("sources", source.name), reason)
        for source in found
        if (reason := sources.unusable(source, workspace.root))
    ]


def _unread(
    document: documents.Document, paths: tuple[str, ...], workspace: Workspace
) -> Iterator[str]:
    if paths and find_spec("maxminddb") is None:
        yield document.mistake(
            ("geoip",), "needs a package that is not there: pip install 'oncall-audit[geoip]'."
        )
        return
    for place, path in enumerate(paths):
        if reason := _unopened(workspace.root / path):
            yield document.mistake(("geoip", place), reason)


def _unopened(path: Path) -> str | None:
    from maxminddb import InvalidDatabaseError, open_database

    try:
        open_database(path).close()
    except FileNotFoundError:
        return f"there is no file {path}."
    except (OSError, InvalidDatabaseError, ValueError) as error:
        return f"{path} cannot be read as a MaxMind file: {error}."
    return None
