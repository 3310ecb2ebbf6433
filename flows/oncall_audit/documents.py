"""YAML files whose every value knows its line, and mistakes told in those lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from oncall_audit.errors import ConfigurationError

Key = tuple[str | int, ...]

_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file says, and the line on which each of its values stands."""

    path: Path
    content: dict[str, Any]
    lines: Mapping[Key, int]

    def mistake(self, key: Key, text: str) -> str:
        """Say `text` with the file, the line and the name of the value it is about."""
        known = next((key[:end] for end in range(len(key), -1, -1) if key[:end] in self.lines), ())
        place = f"{display(self.path)}:{self.lines.get(known, 1)}"
        return f"{place}: {dotted(key)}: {text}" if key else f"{place}: {text}"


def read(path: Path) -> Document:
    """Read a YAML mapping, refusing repeated keys and anything but plain data."""
    text = _text(path)
    reader = _Reader(path)
    try:
        node = _composed(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(_syntax(path, error)) from None
    if node is None:
        return Document(path, {}, {})
    content = reader.value(node, ())
    if not isinstance(content, dict):
        reader.mistakes.append(f"{display(path)}:1: should hold 'name: value' lines at its top.")
    if reader.mistakes:
        raise ConfigurationError("\n".join(reader.mistakes))
    return Document(path, content, reader.lines)


def display(path: Path) -> str:
    """Return the path as a person in the current folder would write it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def dotted(key: Key) -> str:
    """Write a key as `sources.bastion.path` or `roles[0].team`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return name.removeprefix(".")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        folder = display(path.parent)
        raise ConfigurationError(
            f"There is no {path.name} in {folder}. Make a workspace with"
            " 'oncall-audit init', or name one with --workspace."
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{display(path)}: byte {error.start + 1} is no UTF-8 text. Save the file as UTF-8."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{display(path)} cannot be read: {os.strerror(error.errno or 0)}."
        ) from None


def _composed(text: str) -> yaml.Node | None:
    # Many times quicker where it is there; what is wrong is told in one and the same words.
    if quick := getattr(yaml, "CSafeLoader", None):
        with suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=quick)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _syntax(path: Path, error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"{display(path)} is no YAML: {error}."
    mark = error.problem_mark
    return (
        f"{display(path)}:{mark.line + 1}: no valid YAML at column {mark.column + 1}:"
        f" {error.problem}. Check quotes, colons and indentation here and just above."
    )


@dataclass(slots=True)
class _Reader:
    """Turns YAML nodes into plain values and keeps their lines."""

    path: Path
    lines: dict[Key, int] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    scalars: yaml.SafeLoader = field(default_factory=lambda: yaml.SafeLoader(""))

    def value(self, node: yaml.Node, key: Key) -> Any:
        self.lines.setdefault(key, node.start_mark.line + 1)
        if len(key) > _DEEPEST:
            self._mistake(key, node, "is nested too deeply, or refers to itself.")
        elif isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        elif isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, place)) for place, item in enumerate(node.value)]
        else:
            return self._scalar(node, key)
        return None

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name = str(name_node.value)
            here = (*key, name)
            if not isinstance(name_node, yaml.ScalarNode):
                self._mistake(key, name_node, "has a name that is no text.")
            elif name in found:
                first = self.lines[here]
                self._mistake(here, name_node, f"stands here again; first on line {first}.")
            else:
                self.lines[here] = name_node.start_mark.line + 1
                found[name] = self.value(value_node, here)
        return found

    def _scalar(self, node: yaml.Node, key: Key) -> Any:
        try:
            return self.scalars.construct_object(node)
        except yaml.YAMLError:
            self._mistake(key, node, f"has the tag {node.tag}, which is not allowed here.")
        except ValueError as error:
            self._mistake(key, node, f"{node.value} is no valid value: {error}.")
        return None

    def _mistake(self, key: Key, node: yaml.Node, text: str) -> None:
        place = f"{display(self.path)}:{node.start_mark.line + 1}"
        self.mistakes.append(f"{place}: {dotted(key)}: {text}")
