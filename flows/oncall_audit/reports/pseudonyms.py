"""Pseudonyms: for a person, an account or an address always the same, in every run and format."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

DOMAIN = "pseudonym.invalid"
_LETTERS = 12
# Letters of our own hashes.
_HASHES = (32, 64)
_MAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# What is looked at in free text: keys, addresses of single machines, our own hashes, and words.
_TOKEN = re.compile(
    r"(?P<key>\bSHA256:[A-Za-z0-9+/]{43})"
    r"|(?<![\w.])(?P<address>\d{1,3}(?:\.\d{1,3}){3}(?![\w/]|\.\d)"
    r"|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:/]))"
    r"|(?<![^\W_])(?P<reference>[0-9a-f]{64}|[0-9a-f]{32})(?![^\W_])"
    r"|(?P<word>[^\W_]+)"
)
_WORD = re.compile(r"[^\W_]+")
_OUR_OWN_KEY = re.compile(r"[a-z][a-z_]*\Z")


@dataclass(frozen=True, slots=True)
class Known:
    """What people are called, and what is no person: from the directory and the logs.

    `whole` has every identifier in small letters, `starting` those to find in text by their first
    word and the longest first, `parts` the words of names.
    """

    whole: Mapping[str, str] = field(repr=False)
    starting: Mapping[str, tuple[str, ...]] = field(repr=False)
    parts: Mapping[str, str] = field(repr=False)
    machines: frozenset[str]
    public_hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes pseudonyms that nobody without the secret can tell the origin of."""

    secret: bytes = field(repr=False)

    def made(self, prefix: str, value: str) -> str:
        """Return a pseudonym such as `p-k3j…` for a value; the prefix says what it stands for."""
        digest = hmac.digest(self.secret, f"{prefix}\n{value}".encode(), "sha256")
        return f"{prefix}-{base64.b32encode(digest).decode()[:_LETTERS].lower()}"

    @property
    def of_references(self) -> str:
        """The secret for our own hashes, which are made in SQL too."""
        return hmac.digest(self.secret, b"references", "sha256").hex()


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Puts pseudonyms in the place of what names a person, in values, text and plain data."""

    maker: Maker
    known: Known

    def identifier(self, value: str) -> str:
        """Return the pseudonym of a whole value that names a person or an account."""
        plain = small(value.strip())
        if plain in self.known.whole:
            return self.known.whole[plain]
        return value if plain in self.known.machines else self.maker.made("a", plain)

    def mail(self, value: str) -> str:
        """Return an address at which nobody can be reached."""
        return f"{self.identifier(value)}@{DOMAIN}"

    def address(self, value: str) -> str:
        """Return the pseudonym of a network address."""
        return self.maker.made("ip", small(value.strip()))

    def reference(self, value: str) -> str:
        """Return one of our own hashes made anew, so that nobody can try out whom it is about."""
        if len(value) not in _HASHES or value in self.known.public_hashes:
            return value
        digest = sha256(f"{self.maker.of_references}{value}".encode())
        return digest.hexdigest()[: len(value)]

    def text(self, value: str) -> str:
        """Return free text, or JSON, with a pseudonym in place of all that names a person."""
        if value[:1] in ("{", "["):
            try:
                content = json.loads(value)
            except ValueError:
                return self._words(value)
            said = self.content(content)
            return (
                value
                if said == content
                else json.dumps(said, ensure_ascii=False, separators=(",", ":"))
            )
        return self._words(value)

    def content(self, value: Any) -> Any:
        """Return plain data with every text in it as `text` gives it."""
        if isinstance(value, str):
            return self.known.whole.get(small(value.strip())) or self.text(value)
        if isinstance(value, Mapping):
            return {
                name if _OUR_OWN_KEY.match(name) else self._words(name): self.content(part)
                for name, part in value.items()
            }
        return [self.content(part) for part in value] if isinstance(value, list) else value

    def _words(self, value: str) -> str:
        said, place, small_value = [], 0, small(value)
        while found := _TOKEN.search(value, place):
            kind, token = found.lastgroup, found[0]
            if kind == "address" and not _is_address(token):
                # Only words and colons: a word of them may name somebody.
                kind, found = "word", _WORD.search(value, found.start())
                if found is None:
                    break
                token = found[0]
            new, end = self._token(value, small_value, str(kind), found.start(), token)
            said += [value[place : found.start()], new]
            place = end
        return "".join([*said, value[place:]])

    def _token(
        self, value: str, small_value: str, kind: str, start: int, token: str
    ) -> tuple[str, int]:
        """Return what stands in the place of a token, and where in the text what it means ends."""
        end = start + len(token)
        if kind == "key":
            return self.maker.made("key", token), end
        if kind == "address":
            return self.address(token), end
        for name in self.known.starting.get(small_value[start:end], ()):
            after = start + len(name)
            is_whole = not small_value[after : after + 1].isalnum()
            if is_whole and small_value.startswith(name, start):
                return self.known.whole[name], after
        if "@" in value and (mail := _MAIL.match(value, start)):
            return self.identifier(mail[0]), mail.end()
        if kind == "reference":
            return self.reference(token), end
        return self.known.parts.get(token, token), end


def small(value: str) -> str:
    """Return a text in small letters, every one of which stays in its place."""
    made = value.lower()
    if len(made) == len(value):
        return made
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in value)


def _is_address(token: str) -> bool:
    try:
        ip_address(token)
    except ValueError:
        return False
    return True
