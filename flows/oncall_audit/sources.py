"""One entry below `sources:`, checked against the options of its connector."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
)

from oncall_audit.connectors.base import Connector, Kind
from oncall_audit.documents import Document, Key
from oncall_audit.errors import ConfigurationError
from oncall_audit.validation import Strict, TimeZone, explain, meant
from oncall_audit.variables import is_secret

# What the connector may ask for although it is said once, for every kind of source.
_COMMON = ("name", "system", "kind", "time_zone")
_PATHS = ("path", "public_keys", "ca_file", "identity_file")

_SILENT_HOURS = 6.0


class Entry(Strict):
    """What every source may say, whatever its connector."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The connector; 'oncall-audit connectors' lists them.")
    kind: Kind | None = Field(None, description="What it tells; the connector's own if not given.")
    system: str | None = Field(
        None, min_length=1, description="The system's name in reports and in the policy."
    )
    time_zone: TimeZone = Field("UTC", description="The zone of times that name none.")
    silent_hours: float | None = Field(
        None,
        gt=0,
        description="Hours without a record after which a log counts as silent; 6 if not given, "
        "and 2 of a trail.",
    )


class Source(BaseModel):
    """One system to read; secrets are wrapped and in no `repr`."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    kind: Kind
    system: str
    time_zone: str = "UTC"
    silent_hours: float = _SILENT_HOURS
    options: dict[str, Any] = {}

    def connector(self, root: Path) -> Connector:
        """Make the connector that reads this source; a relative path begins at `root`."""
        from oncall_audit import connectors

        made = connectors.find(self.type)
        common = {name: getattr(self, name) for name in _COMMON if name in fields(made)}
        options = {name: _placed(root, name, value) for name, value in self.options.items()}
        connector: Connector = made(**{**common, **options})
        return connector


def fields(connector: type) -> Mapping[str, dataclasses.Field[Any]]:
    """Return the connector's options by name."""
    return {field.name: field for field in dataclasses.fields(connector) if field.init}


def options(connector: type) -> dict[str, dataclasses.Field[Any]]:
    """Return the options that only this connector has."""
    return {name: field for name, field in fields(connector).items() if name not in _COMMON}


def required(connector: type) -> list[str]:
    """Return the options that have no default."""
    return [name for name, field in options(connector).items() if _is_required(field)]


def default(connector: type, name: str) -> Any:
    """Return what the connector says of itself: its default system or kind, or None."""
    if name in fields(connector):
        value = fields(connector)[name].default
    else:
        value = getattr(connector, f"default_{name}", getattr(connector, name, None))
    return None if value in (dataclasses.MISSING, "") else value


def mistakes(document: Document, name: str, entry: Entry) -> list[str]:
    """Name everything wrong with an entry that its own model cannot know."""
    from oncall_audit import connectors

    key = ("sources", name)
    if entry.type not in connectors.names():
        return [
            document.mistake(
                (*key, "type"),
                f"there is no connector '{entry.type}'. {meant(entry.type, connectors.names())}",
            )
        ]
    made = connectors.find(entry.type)
    return [document.mistake(at, text) for at, text in _wrong(key, entry, made)]


def source(name: str, entry: Entry, said: Mapping[str, Any]) -> Source:
    """Make the source of an entry without mistakes; `said` has the variables' values."""
    from oncall_audit import connectors

    made = connectors.find(entry.type)
    own = {option: value for option, value in said.items() if option in options(made)}
    return Source(
        name=name,
        type=entry.type,
        kind=entry.kind or default(made, "kind"),
        system=entry.system or default(made, "system") or name,
        time_zone=entry.time_zone,
        silent_hours=entry.silent_hours or default(made, "silent_hours") or _SILENT_HOURS,
        options={
            option: SecretStr(value) if is_secret(option) else value
            for option, value in own.items()
        },
    )


def unusable(source: Source, root: Path) -> str | None:
    """Say why the connector refuses its options as a whole, or None."""
    try:
        source.connector(root)
    except (ConfigurationError, TypeError, ValueError) as error:
        return str(error)
    return None


def wrong_options(
    key: Key, type_name: str, made: type, given: Mapping[str, Any], common: Iterable[str]
) -> Iterator[tuple[Key, str]]:
    """Yield what is wrong with the options `given` to a connector or provider, and where."""
    own = options(made)
    for option in given:
        if option not in own:
            yield (*key, option), f"is no option of {type_name}. {meant(option, [*common, *own])}"
    for option, field in own.items():
        if option in given:
            yield from _of_wrong_type((*key, option), made, given[option])
        elif _is_required(field):
            yield (*key, option), f"is missing; {type_name} needs it."


def _wrong(key: Key, entry: Entry, connector: type) -> Iterator[tuple[Key, str]]:
    given = entry.model_extra or {}
    yield from wrong_options(key, entry.type, connector, given, Entry.model_fields)
    if not (entry.kind or default(connector, "kind")):
        yield (*key, "kind"), f"is missing; one of {', '.join(typing.get_args(Kind))}."


def _of_wrong_type(key: Key, connector: type, value: Any) -> Iterator[tuple[Key, str]]:
    option = str(key[-1])
    if is_secret(option):
        return
    hint = typing.get_type_hints(connector)[option]
    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        yield key, explain(found["type"], found["msg"])


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _placed(root: Path, option: str, value: Any) -> Any:
    if option not in _PATHS or not value:
        return value
    return str((root / Path(value).expanduser()).absolute())
