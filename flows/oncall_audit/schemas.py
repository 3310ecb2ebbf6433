"""JSON Schemas of the two configuration files, for editors that complete and check while typing."""

from __future__ import annotations

import json
import typing
from typing import Any

from pydantic import BaseModel, TypeAdapter

from oncall_audit import connectors, sources
from oncall_audit.channels import KINDS
from oncall_audit.policy import Policy
from oncall_audit.settings import ConfigurationFile
from oncall_audit.workspace import Workspace

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def configuration() -> dict[str, Any]:
    """Return the schema of `oncall-audit.yml`, with the options of every connector."""
    schema = ConfigurationFile.model_json_schema()
    entry = schema["$defs"]["Entry"]
    entry["properties"]["type"]["enum"] = sorted(connectors.names())
    entry["allOf"] = [_options(name, entry["properties"]) for name in sorted(connectors.names())]
    channel = schema["$defs"]["ChannelEntry"]
    channel["properties"]["type"]["enum"] = sorted(KINDS)
    channel["allOf"] = [_of_kind(name, kind) for name, kind in sorted(KINDS.items())]
    return {"$schema": _DIALECT, **schema, "title": "oncall-audit.yml"}


def policy() -> dict[str, Any]:
    """Return the schema of `policy.yml`."""
    return {"$schema": _DIALECT, **Policy.model_json_schema(), "title": "policy.yml"}


def write(workspace: Workspace) -> None:
    """Write both schemas where the first lines of the two files look for them."""
    folder = workspace.root / ".oncall-audit"
    folder.mkdir(exist_ok=True)
    for name, schema in (("config", configuration()), ("policy", policy())):
        text = json.dumps(schema, indent=1, ensure_ascii=False)
        (folder / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


def _options(name: str, common: dict[str, Any]) -> dict[str, Any]:
    connector = connectors.find(name)
    hints = typing.get_type_hints(connector)
    own = {option: _option(hints[option]) for option in sources.options(connector)}
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {
            "properties": {**dict.fromkeys(common, True), **own},
            "required": sources.required(connector),
            "additionalProperties": False,
        },
    }


def _of_kind(name: str, kind: type[BaseModel]) -> dict[str, Any]:
    schema = kind.model_json_schema()
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {key: schema[key] for key in ("properties", "required", "additionalProperties")},
    }


def _option(hint: Any) -> dict[str, Any]:
    schema = TypeAdapter(hint).json_schema()
    schema.pop("title", None)
    return schema
