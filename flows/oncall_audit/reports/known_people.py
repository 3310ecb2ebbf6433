"""Whom the published tables know, and by what names: what pseudonyms take the place of."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oncall_audit.reports.pseudonyms import Known, Maker, small

Row = tuple[Any, ...]

# Shorter ones, and numbers, would take the place of words and counts.
_SHORTEST, _SHORTEST_NUMBER = 3, 5
_FIRST_WORD = re.compile(r"[^\W_]+")


def known_people(
    maker: Maker, people: Iterable[Row], accounts: Iterable[Row], public_hashes: Iterable[str]
) -> Known:
    """Collect identifiers from (engineer, name, mail) and (account, whether it is a machine's)."""
    listed, used = list(people), list(accounts)
    whole = _of_people(maker, listed)
    for account, is_machine in used:
        if not is_machine:
            plain = small(account.strip())
            whole.setdefault(plain, maker.made("a", plain))
    machines = {small(account.strip()) for account, is_machine in used if is_machine}
    # What somebody is really called comes before what another's name may be written as.
    whole = {**{form: whole[plain] for plain in whole for form in _forms(plain)}, **whole}
    return Known(
        whole=whole,
        starting=_starting(whole),
        parts=_parts(maker, listed),
        machines=frozenset(machines - whole.keys()),
        public_hashes=frozenset(public_hashes),
    )


def _of_people(maker: Maker, people: Iterable[Row]) -> dict[str, str]:
    """Return the pseudonym of everything that one person alone is called."""
    found: dict[str, str] = {}
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for engineer, name, mail in people:
        made = maker.made("p", small(engineer.strip()))
        found[small(engineer.strip())] = made
        for value in (mail, name, (mail or "").partition("@")[0]):
            if value and value.strip():
                shared[small(value.strip())].add(made)
    for plain, pseudonyms in shared.items():
        alone = pseudonyms.pop() if len(pseudonyms) == 1 else maker.made("n", plain)
        found.setdefault(plain, alone)
    return found


def _parts(maker: Maker, people: Iterable[Row]) -> dict[str, str]:
    """Return pseudonyms of first and last names, as they are written; many share one."""
    words = {
        form
        for _, name, _ in people
        for word in _FIRST_WORD.findall(name or "")
        if len(word) >= _SHORTEST and word[:1].isupper()
        for form in _written(word)
    }
    return {word: maker.made("n", small(word)) for word in sorted(words)}


def _starting(whole: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in whole:
        if first := _FIRST_WORD.match(name):
            is_short = len(name) < (_SHORTEST_NUMBER if name.isdigit() else _SHORTEST)
            if not is_short:
                found[first[0]].append(name)
    return {word: tuple(sorted(names, key=len, reverse=True)) for word, names in found.items()}


def _forms(plain: str) -> Iterator[str]:
    """Yield an identifier as texts may have it: composed or not, without accents or its ends."""
    for form in {*map(small, _written(plain)), *map(str.lower, _written(plain))}:
        yield form
        within = re.sub(r"^[\W_]+|[\W_]+$", "", form)
        if within:
            yield within


def _written(text: str) -> set[str]:
    split = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in split if not unicodedata.combining(letter))
    return {text, split, unicodedata.normalize("NFC", text), bare}
