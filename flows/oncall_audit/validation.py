"""Turns what pydantic says of a document into sentences with a line and a remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from oncall_audit.documents import Document, Key
from oncall_audit.errors import ConfigurationError


class Strict(BaseModel):
    """A frozen part of a configuration file: no unknown names, no silent conversions."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


M = TypeVar("M", bound=BaseModel)

_ADVICE = {
    "missing": "is missing; add it.",
    "string_type": "should be text; put it in quotes.",
    "int_type": "should be a whole number.",
    "float_type": "should be a number.",
    "finite_number": "should be a number.",
    "bool_type": "should be true or false.",
    "dict_type": "should hold 'name: value' lines, indented below it.",
    "model_type": "should hold 'name: value' lines, indented below it.",
    "list_type": "should be a list: [one, two], or lines that begin with '- '.",
    "tuple_type": "should be a list: [one, two], or lines that begin with '- '.",
}


def validate(
    document: Document, model: type[M], content: dict[str, Any] | None = None, under: Key = ()
) -> M:
    """Check a document against its model; every mistake in it becomes one line of the error.

    `content` may be the part of it that stands `under` a name.
    """
    try:
        return model.model_validate(document.content if content is None else content)
    except ValidationError as error:
        found = error.errors(include_url=False)
        refuse([_mistake(document, model, one, under) for one in found])
        raise


def refuse(mistakes: Iterable[str]) -> None:
    """Raise a `ConfigurationError` if there is any mistake."""
    if found := list(dict.fromkeys(mistakes)):
        raise ConfigurationError("\n".join(found))


def meant(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, and which there are."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return f"{hint}Known: {', '.join(names)}." if names else f"{hint}There is none.".strip()


def explain(kind: str, message: str) -> str:
    """Say one of pydantic's complaints, without the value it is about, as advice."""
    return _ADVICE.get(kind, message[:1].lower() + message[1:].rstrip(".") + ".")


def _mistake(document: Document, model: type[BaseModel], error: ErrorDetails, under: Key) -> str:
    # A name that is no good is told of at its own line, as a value is.
    within = tuple(part for part in error["loc"] if part != "[key]")
    key = (*under, *within)
    if error["type"] == "extra_forbidden":
        known = _known(model, within[:-1])
        return document.mistake(key, f"is unknown. {meant(str(key[-1]), known)}")
    if error["type"] == "value_error":
        return document.mistake(key, str(error["ctx"]["error"]))
    return document.mistake(key, explain(error["type"], error["msg"]))


def _known(model: type[BaseModel], key: Key) -> list[str]:
    # Follows the key through the annotations, to the model that refused a name.
    kind: Any = model
    for part in key:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names = {field.alias or name: field for name, field in kind.model_fields.items()}
            kind = names[str(part)].annotation
        else:
            inner = [found for found in get_args(kind) if found is not Ellipsis]
            kind = inner[-1] if get_origin(kind) is dict else inner[0]
        while get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
    return [field.alias or name for name, field in kind.model_fields.items()]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = meant(name, available_timezones()).split("Known:")[0]
        raise ValueError(
            f"there is no time zone '{name}'. {near}Write an IANA name such as Europe/Berlin."
        ) from None
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
