"""Writes small files in MaxMind's format: a tree of the bits of addresses, and what its leaves say."""

from __future__ import annotations

import struct
from ipaddress import ip_network
from pathlib import Path
from typing import Any

_SEPARATOR = bytes(16)
_MARKER = b"\xab\xcd\xefMaxMind.com"


class _Short(int):
    """A number that the format wants in two bytes."""


class _Long(int):
    """A number that the format wants in eight bytes."""


def write(path: Path, places: dict[str, Any]) -> None:
    """Write IPv6 (and IPv4 in it) networks that do not overlap, each with its record."""
    nodes: list[list[Any]] = [[None, None]]
    data = b""
    for cidr, record in places.items():
        _grow(nodes, _bits(cidr), len(data))
        data += _encoded(record)
    tree = b"".join(_record(child, len(nodes)) for node in nodes for child in node)
    path.write_bytes(tree + _SEPARATOR + data + _MARKER + _encoded(_metadata(len(nodes))))


def _bits(cidr: str) -> str:
    network = ip_network(cidr)
    zeros = "0" * (128 - network.max_prefixlen)
    width = network.max_prefixlen
    return zeros + f"{int(network.network_address):0{width}b}"[: network.prefixlen]


def _grow(nodes: list[list[Any]], bits: str, offset: int) -> None:
    here = 0
    for bit in map(int, bits[:-1]):
        if nodes[here][bit] is None:
            nodes.append([None, None])
            nodes[here][bit] = len(nodes) - 1
        here = nodes[here][bit]
    nodes[here][int(bits[-1])] = ("data", offset)


def _record(child: Any, count: int) -> bytes:
    value = count if child is None else child
    if isinstance(child, tuple):
        value = count + len(_SEPARATOR) + child[1]
    return int(value).to_bytes(3, "big")


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = b"".join(_encoded(key) + _encoded(each) for key, each in value.items())
        return bytes([7 << 5 | len(value)]) + pairs
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_encoded, value))
    if isinstance(value, str):
        return bytes([2 << 5 | len(value)]) + value.encode()
    if isinstance(value, float):
        return bytes([3 << 5 | 8]) + struct.pack(">d", value)
    return _number(value)


def _number(value: int) -> bytes:
    if isinstance(value, _Short):
        return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")
    if isinstance(value, _Long):
        return bytes([8, 9 - 7]) + value.to_bytes(8, "big")
    return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")


def _metadata(count: int) -> dict[str, Any]:
    return {
        "node_count": count,
        "record_size": _Short(24),
        "ip_version": _Short(6),
        "database_type": "Invented",
        "languages": [],
        "description": {},
        "binary_format_major_version": _Short(2),
        "binary_format_minor_version": _Short(0),
        "build_epoch": _Long(1),
    }
