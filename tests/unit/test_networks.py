"""Networks and gateways of the policy: read exactly, or refused with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.policy import load_policy
from oncall_audit.workspace import Workspace

RESOURCES = """\
services: {payments: {}}
resources: {payments-db: {kind: database, service: payments}}
"""
COMPLETE = """\
networks:
  192.0.2.0/24: {kind: office, name: Berlin, country: DE, latitude: 52.5, longitude: 13, asn: 64500}
  2001:db8::/32: {kind: vpn}
  192.0.2.7: {country: FR}
gateways:
  teleport: {system: teleport, addresses: [198.51.100.0/30, "2001:db8::1"], resources: [payments-db]}
  bastion: {addresses: [198.51.100.9], resources: [payments-db]}
  proxy: {system: hoop, resources: [payments-db]}
"""
FIRST, LAST = f"{0xFFFFC0000200:032x}", f"{0xFFFFC00002FF:032x}"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def tables(workspace: Workspace, text: str) -> dict[str, list[tuple[Any, ...]]]:
    workspace.policy.write_text(RESOURCES + text)
    return load_policy(workspace).tables()


def refusal(workspace: Workspace, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        tables(workspace, text)
    return str(refused.value).splitlines()


def test_a_network_is_the_span_of_its_addresses(workspace: Workspace) -> None:
    rows = tables(workspace, COMPLETE)["networks"]

    assert rows[0] == (
        "192.0.2.0/24", FIRST, LAST, 120, "office", "Berlin", "DE", 52.5, 13.0, 64500,
    )  # fmt: skip
    assert rows[1][:5] == (
        "2001:db8::/32", "20010db8" + "0" * 24, "20010db8" + "f" * 24, 32, "vpn",
    )  # fmt: skip
    assert rows[2][:5] == ("192.0.2.7/32", FIRST[:-1] + "7", FIRST[:-1] + "7", 128, "isp")


def test_private_networks_are_known_unless_the_site_says_more(workspace: Workspace) -> None:
    rows = tables(workspace, "networks: {10.0.0.0/8: {kind: vpn}, 10.1.0.0/16: {kind: office}}\n")
    kinds = {row[0]: row[4] for row in rows["networks"]}

    assert kinds["10.0.0.0/8"] == "vpn"
    assert kinds["10.1.0.0/16"] == "office"
    assert kinds["192.168.0.0/16"] == kinds["fe80::/10"] == kinds["::1/128"] == "private"


def test_a_gateway_is_told_by_its_log_or_by_its_addresses(workspace: Workspace) -> None:
    found = tables(workspace, COMPLETE)

    assert found["gateways"] == [
        ("teleport", "teleport", True),
        ("bastion", None, True),
        ("proxy", "hoop", False),
    ]
    assert [row[:2] for row in found["gateway_addresses"]] == [
        ("teleport", "198.51.100.0/30"),
        ("teleport", "2001:db8::1/128"),
        ("bastion", "198.51.100.9/32"),
    ]
    assert found["gateway_resources"] == [
        ("teleport", "payments-db"),
        ("bastion", "payments-db"),
        ("proxy", "payments-db"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("192.0.2.1/24: {}", "'192.0.2.1/24' is an address within a network; write 192.0.2.0/24."),
        ("office: {}", "'office' is no network; write it as 192.0.2.0/24, 2001:db8::/32 or one"),
        ("192.0.2.0/24: {country: de}", "country: 'de' is no country; write its two letters"),
        ("192.0.2.0/24: {country: NO}", "country: should be text; put it in quotes."),
        ("192.0.2.0/24: {kind: home}", "kind: input should be 'office', 'vpn'"),
        ("192.0.2.0/24: {latitude: 3}", "needs both latitude and longitude, or neither."),
        ("192.0.2.0/24: {latitude: 91, longitude: 0}", "latitude: input should be less than"),
        ("192.0.2.0/24: {asn: 0}", "asn: input should be greater than or equal to 1"),
        ("192.0.2.0/24: {land: DE}", "land: is unknown."),
    ],
)
def test_a_mistake_in_a_network_is_told_with_its_line(
    workspace: Workspace, text: str, told: str
) -> None:
    (mistake,) = refusal(workspace, f"networks:\n  {text}\n")

    assert mistake.startswith(f"policy.yml:4: networks.{text.partition(': ')[0]}")
    assert told in mistake


def test_one_network_in_two_spellings_is_refused_at_both_lines(workspace: Workspace) -> None:
    text = "networks:\n  2001:db8::/48: {kind: vpn}\n  2001:DB8:0::/48: {kind: isp}\n"

    assert refusal(workspace, text) == [
        f"policy.yml:{line}: networks.{name}: 2001:db8::/48 stands there twice; keep one of the two."
        for line, name in ((4, "2001:db8::/48"), (5, "2001:DB8:0::/48"))
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{resources: [payments-db]}", "needs a system, addresses, or both: nothing else tells"),
        ("{system: teleport}", "resources: is missing; add it."),
        ("{system: teleport, resources: [ledger]}", "resources[0]: there is no resource 'ledger'."),
        ("{addresses: [bastion-1], resources: [payments-db]}", "'bastion-1' is no network;"),
    ],
)
def test_a_mistake_in_a_gateway_is_told_with_its_line(
    workspace: Workspace, text: str, told: str
) -> None:
    (mistake,) = refusal(workspace, f"gateways:\n  teleport: {text}\n")

    assert mistake.startswith("policy.yml:4: gateways.teleport")
    assert told in mistake
