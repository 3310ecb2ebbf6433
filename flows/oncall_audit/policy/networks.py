"""Networks and gateways of the policy: where addresses are, and what must be reached how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from oncall_audit.validation import Strict

if TYPE_CHECKING:
    from oncall_audit.documents import Key
    from oncall_audit.policy.model import Policy

Rows = Iterator[tuple[Any, ...]]
Kind = Literal["office", "vpn", "cloud", "relay", "satellite", "mobile", "isp", "private"]

# What can be nobody's place, whatever the policy says of the rest.
_PRIVATE = (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
# IPv4 lies where IPv6 puts it, so that one order holds both.
_MAPPED, _MAPPED_BITS = 0xFFFF << 32, 96


def _cidr(value: str) -> str:
    try:
        ip_network(value)
        return value
    except ValueError:
        pass
    try:
        meant = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            f"'{value}' is no network; write it as 192.0.2.0/24, 2001:db8::/32 or one address."
        ) from None
    raise ValueError(f"'{value}' is an address within a network; write {meant}.")


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError(f"'{value}' is no country; write its two letters of ISO 3166, such as DE.")
    return value


Cidr = Annotated[str, AfterValidator(_cidr)]
Country = Annotated[str, AfterValidator(_country)]


class Network(Strict):
    """What is known of the addresses of a network."""

    kind: Kind = Field(
        "isp", description="office, vpn, cloud, relay, satellite, mobile, isp or private."
    )
    name: str | None = Field(None, min_length=1, description="What people call it.")
    country: Country | None = Field(None, description="ISO 3166 code of two letters, such as DE.")
    latitude: float | None = Field(None, ge=-90, le=90, description="Degrees north.")
    longitude: float | None = Field(None, ge=-180, le=180, description="Degrees east.")
    asn: int | None = Field(
        None, ge=1, le=2**32 - 1, description="Number of the autonomous system."
    )

    @model_validator(mode="after")
    def _is_a_place(self) -> Network:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("needs both latitude and longitude, or neither.")
        return self


class Gateway(Strict):
    """A way in that some resources must be reached by."""

    system: str | None = Field(
        None, min_length=1, description="The system whose log holds the gateway's own sessions."
    )
    addresses: Annotated[tuple[Cidr, ...], Field(strict=False)] = Field(
        (), description="Where the gateway's connections come from, as the resources see it."
    )
    resources: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = Field(
        description="Resources that must be reached through it."
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Gateway:
        if not (self.system or self.addresses):
            raise ValueError("needs a system, addresses, or both: nothing else tells its use.")
        return self


def span(cidr: str) -> tuple[str, str, int]:
    """Return first and last address as 32 hexadecimal digits, and the length of the prefix."""
    network = ip_network(cidr)
    base, bits = (_MAPPED, _MAPPED_BITS) if network.version == 4 else (0, 0)
    first, last = (base + int(end) for end in (network[0], network[-1]))
    return f"{first:032x}", f"{last:032x}", bits + network.prefixlen


def network_rows(networks: dict[str, Network]) -> Rows:
    """Yield the site's networks, and the private ones that it does not mention."""
    known = {str(ip_network(cidr)) for cidr in networks}
    rest = {cidr: Network(kind="private") for cidr in _PRIVATE if cidr not in known}
    for cidr, it in (networks | rest).items():
        place = (it.country, it.latitude, it.longitude, it.asn)
        yield (str(ip_network(cidr)), *span(cidr), it.kind, it.name, *place)


def gateway_rows(gateways: dict[str, Gateway]) -> Rows:
    """Yield each gateway, its system and whether its addresses are known."""
    for name, it in gateways.items():
        yield name, it.system, bool(it.addresses)


def gateway_addresses(gateways: dict[str, Gateway]) -> Rows:
    """Yield the networks that a gateway's connections come from."""
    for name, it in gateways.items():
        for cidr in it.addresses:
            yield (name, str(ip_network(cidr)), *span(cidr)[:2])


def gateway_resources(gateways: dict[str, Gateway]) -> Rows:
    """Yield what must be reached through each gateway."""
    for name, it in gateways.items():
        for resource_id in it.resources:
            yield name, resource_id


def clashes(policy: Policy) -> Iterator[tuple[Key, str]]:
    """Yield two spellings of one network: only one of them could hold."""
    spans = {cidr: span(cidr) for cidr in policy.networks}
    shared = {key for key, count in Counter(spans.values()).items() if count > 1}
    for cidr, found in spans.items():
        if found in shared:
            yield ("networks", cidr), f"{ip_network(cidr)} stands there twice; keep one of the two."


def references(policy: Policy) -> Iterable[tuple[Key, str, str]]:
    """Yield every resource that a gateway names."""
    for name, gateway in policy.gateways.items():
        for place, resource_id in enumerate(gateway.resources):
            yield ("gateways", name, "resources", place), "resource", resource_id
