"""Where the organisation's people and programs come from, as its policy knows it."""

from __future__ import annotations

from collections.abc import Iterator

BERLIN = "country: DE, latitude: 52.52, longitude: 13.4"
NEW_YORK = "country: US, latitude: 40.71, longitude: -74.01"

# Of some the policy knows the country and no place, as inventories do.
NETWORKS = {
    "192.0.2.16/28": "kind: cloud, name: runners, country: DE, asn: 64500",
    "198.51.100.8/29": "kind: vpn, name: way home",
    "198.51.100.16/29": f"kind: office, name: Berlin, {BERLIN}, asn: 64501",
    "198.51.100.32/29": "kind: mobile, country: DE, asn: 64503",
    "198.51.100.144/28": "country: PT, asn: 64498",
    "198.51.100.160/28": "country: BR, latitude: -23.55, longitude: -46.63, asn: 64499",
    "198.51.100.176/28": "country: DE, asn: 64504",
    "198.51.100.192/28": "kind: relay, country: US, asn: 64505",
    "198.51.100.208/28": "country: DE, latitude: 53.55, longitude: 9.99, asn: 64496",
    "198.51.100.224/28": "country: US, asn: 64506",
    "203.0.113.0/25": f"{BERLIN}, asn: 64496",
    "203.0.113.128/25": f"{NEW_YORK}, asn: 64497",
}
GATEWAY = "198.51.100.1"
VPN = "198.51.100.9"
OFFICE = "198.51.100.17"
PHONE = "198.51.100.33"
PORTUGAL = "198.51.100.145"
BRAZIL = "198.51.100.161"
OTHER_PROVIDER = "198.51.100.177"
OTHER_AMERICAN = "198.51.100.225"
RELAY = "198.51.100.193"
HAMBURG = "198.51.100.209"
NEW_YORK_TOO = "203.0.113.250"


def policy_lines() -> Iterator[str]:
    """Yield the policy's sections `networks` and `gateways`."""
    yield "\n# Where addresses are; the longest prefix wins."
    yield "networks:"
    for cidr, told in NETWORKS.items():
        yield f"  {cidr}: {{{told}}}"
    yield "\n# What must be reached through which gateway."
    yield "gateways:"
    yield "  teleport: {system: teleport, addresses: [198.51.100.0/30], resources: [backup-hosts]}"
