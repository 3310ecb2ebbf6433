"""The systems whose access may be changed: the section `control:` of `oncall-audit.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from oncall_audit import documents, settings, sources, variables
from oncall_audit.control import providers
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ConfigurationError
from oncall_audit.settings import TargetEntry
from oncall_audit.validation import meant, refuse
from oncall_audit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Target:
    """One system to change, with the credentials for it; they are in no `repr`."""

    name: str
    type: str
    system: str
    root: Path
    options: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def provider(self) -> Provider:
        """Make the provider that changes this system; a relative path begins at the workspace."""
        options = {name: self._placed(name, value) for name, value in self.options.items()}
        made: Provider = providers.find(self.type)(**{"system": self.system, **options})
        return made

    def _placed(self, option: str, value: Any) -> Any:
        if not value or not option.endswith(("_file", "script")):
            return value
        return str((self.root / Path(value).expanduser()).absolute())


def load(workspace: Workspace) -> tuple[Target, ...]:
    """Return every target; each mistake in the section is told with its line."""
    # What all of the file must fulfil first: names, references to variables, secrets.
    settings.load(workspace)
    document = documents.read(workspace.config)
    said = document.content.get("control") or {}
    expanded = variables.expand(said, variables.variables(workspace))
    entries = {name: TargetEntry.model_validate(value) for name, value in said.items()}
    refuse(text for name, entry in entries.items() for text in _mistakes(document, name, entry))
    found = tuple(
        _target(name, entry, expanded[name], workspace.root) for name, entry in entries.items()
    )
    refuse(_shared(document, found))
    refuse(text for target in found if (text := _unusable(document, target)))
    return found


def _mistakes(document: documents.Document, name: str, entry: TargetEntry) -> list[str]:
    key = ("control", name)
    if entry.type not in providers.names():
        hint = meant(entry.type, providers.names())
        return [document.mistake((*key, "type"), f"there is no provider '{entry.type}'. {hint}")]
    made = providers.find(entry.type)
    given = entry.model_extra or {}
    wrong = sources.wrong_options(key, entry.type, made, given, TargetEntry.model_fields)
    return [document.mistake(at, text) for at, text in wrong]


def _target(name: str, entry: TargetEntry, said: Mapping[str, Any], root: Path) -> Target:
    made = providers.find(entry.type)
    own = {option: value for option, value in said.items() if option in sources.options(made)}
    return Target(
        name=name,
        type=entry.type,
        system=entry.system or sources.default(made, "system") or name,
        root=root,
        options={
            option: SecretStr(value) if variables.is_secret(option) else value
            for option, value in own.items()
        },
    )


def _shared(document: documents.Document, found: tuple[Target, ...]) -> list[str]:
    first: dict[str, str] = {}
    return [
        document.mistake(
            ("control", target.name),
            f"the system '{target.system}' is changed by '{first[target.system]}' already;"
            " one system, one target.",
        )
        for target in found
        if first.setdefault(target.system, target.name) != target.name
    ]


def _unusable(document: documents.Document, target: Target) -> str | None:
    try:
        target.provider()
    except (ConfigurationError, TypeError, ValueError) as error:
        return document.mistake(("control", target.name), str(error))
    return None
