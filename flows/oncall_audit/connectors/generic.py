"""Any JSON, CSV or Parquet files, read by a map from our columns to their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from oncall_audit.connectors.base import File, Framing, Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.generic_logs import COLUMNS as LOG_COLUMNS
from oncall_audit.connectors.generic_logs import check_header, csv_table, json_table, parquet_table
from oncall_audit.connectors.generic_records import SHAPES, Decoder
from oncall_audit.errors import ConfigurationError

_JSON = (".json", ".jsonl", ".ndjson", ".log")
_CSV = (".csv",)
_PARQUET = (".parquet",)
_DOCUMENTS = (*_JSON[:3], *_CSV, *_PARQUET)
_KINDS = ("logs", *SHAPES)


@dataclass(frozen=True, slots=True)
class Generic:
    """Files of one system and one `kind`; needs nothing but to read them.

    `fields` maps a column to a field of the record, or to a path with dots into it; a column that
    it does not name is read from the field of its own name. Times without an offset are in
    `time_zone`.
    `format` says what logs are whose names do not tell.
    """

    path: str | Path
    name: str = "generic"
    kind: Kind = "logs"
    fields: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    format: Literal["json", "csv", "parquet"] | None = None

    default_system: ClassVar[str] = "generic"
    shapes: ClassVar[tuple[Table, ...]] = (
        json_table({}, "UTC"),
        *(SnapshotTable(kind, shape.columns, Decoder(shape, {})) for kind, shape in SHAPES.items()),
    )

    def __post_init__(self) -> None:
        self._check("kind", self.kind, _KINDS)
        if self.format is not None:
            self._check("format", self.format, ("json", "csv", "parquet"))
        for column, named in self.fields.items():
            self._check("fields", column, self._columns())
            if not isinstance(named, str) or not named.strip():
                raise ConfigurationError(
                    f"Source {self.name}: `fields: {column}` names no field: write its name."
                )
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ConfigurationError(
                f"Source {self.name}: `time_zone: {self.time_zone}` is unknown:"
                " write a name such as Europe/Berlin."
            ) from None

    @property
    def tables(self) -> tuple[Table, ...]:
        """The one table of the source's kind; of logs in every framing."""
        if self.kind != "logs":
            shape = SHAPES[self.kind]
            decoder = Decoder(shape, dict(self.fields), ZoneInfo(self.time_zone))
            return (SnapshotTable(self.kind, shape.columns, decoder),)
        makers = (json_table, csv_table, parquet_table)
        return tuple(make(self.fields, self.time_zone) for make in makers)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        if self.kind != "logs":
            for file in find_files(self.path, *_DOCUMENTS):
                yield File(self.kind, file)
            return
        for file in find_files(self.path, *(() if self.format else (*_JSON, *_CSV, *_PARQUET))):
            framing = self.format or _framing(file)
            if framing == "csv":
                check_header(file, self.fields)
            yield File("events", file, framing)

    def _columns(self) -> tuple[str, ...]:
        if self.kind == "logs":
            return ("occurred_at", "event_id", *LOG_COLUMNS)
        return tuple(SHAPES[self.kind].columns)

    def _check(self, option: str, value: object, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            raise ConfigurationError(
                f"Source {self.name}: `{option}` knows no `{value}`:"
                f" use one of {', '.join(allowed)}."
            )


def _framing(file: Path) -> Framing:
    name = file.name.lower().removesuffix(".gz")
    return "csv" if name.endswith(_CSV) else "parquet" if name.endswith(_PARQUET) else "json"
