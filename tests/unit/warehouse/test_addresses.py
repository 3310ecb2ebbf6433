"""Addresses and networks mean the same in the models as in Python, whatever stands in a log."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from oncall_audit.assets import asset
from oncall_audit.policy.networks import span

MACROS = Environment(
    loader=FileSystemLoader(asset("dbt_project") / "macros"), extensions=["jinja2.ext.do"]
)
QUERY = MACROS.from_string(
    "{% from 'valid_ip.sql' import valid_ip %}{% from 'address_key.sql' import address_key %}"
    "select address, {{ address_key('address') }}"
    " from (select {{ valid_ip('cast($1 as varchar)') }} as address)"
).render()
CONNECTION = duckdb.connect()

addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


def read(text: str) -> tuple[str | None, str | None]:
    """Return the address that the models find in a text, and its place among all addresses."""
    row = CONNECTION.execute(QUERY, [text]).fetchone()
    assert row is not None
    return row


def number(address: IPv4Address | IPv6Address) -> str:
    return span(str(address))[0]


@settings(deadline=None)
@given(addresses)
def test_every_address_has_the_same_place_in_both(address: IPv4Address | IPv6Address) -> None:
    assert read(str(address))[1] == number(address)


@settings(deadline=None)
@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_address_has_one_place(address: IPv6Address) -> None:
    spellings = {address.exploded, address.compressed.upper(), f"[{address}]:443", f"[{address}]"}

    assert {read(spelling)[1] for spelling in spellings} == {number(address)}


@settings(deadline=None)
@given(addresses, st.integers(min_value=0, max_value=128))
def test_an_address_lies_in_its_networks_and_in_no_other(
    address: IPv4Address | IPv6Address, prefix: int
) -> None:
    network = ip_network((address, prefix % (address.max_prefixlen + 1)), strict=False)
    first, last, _ = span(str(network))
    place = read(str(address))[1]

    assert place is not None
    assert first <= place <= last
    assert int(last, 16) - int(first, 16) + 1 == network.num_addresses


@settings(deadline=None)
@given(st.text(max_size=50))
def test_no_text_makes_it_fail_and_only_addresses_have_a_place(text: str) -> None:
    address, place = read(text.replace("\0", ""))

    assert (address is None) == (place is None)
    if address is not None and place is not None:
        assert place == number(ip_address(address))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1:50000", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::FFFF:192.0.2.1]:22", "192.0.2.1"),
        ("[2001:DB8::1]:22", "2001:db8::1"),
        ("::192.0.2.1", "::192.0.2.1"),
        ("[2001:db8:feed:face:c0ff:eeb0:baf00:00d]:65123", None),
        ("192.0.2.256", None),
        ("AWS Internal", None),
        ("", None),
    ],
)
def test_an_address_is_found_in_what_logs_write(written: str, address: str | None) -> None:
    assert read(written)[0] == address
