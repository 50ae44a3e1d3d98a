"""Connections to hosts of the public internet only, checked where it counts: at the address that is dialled."""

import ipaddress
import socket

from converter.sources.errors import SourceError
from converter.sources.policy import SourcePolicy

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = (ipaddress.IPv4Address("168.63.129.16"), ipaddress.IPv6Address("fd00:ec2::254"))
"""Machines of Azure and Amazon that give credentials to who asks, at addresses that are not link-local."""


def dial(host: str, port: int, policy: SourcePolicy) -> socket.socket:
    """A connection to `host`.

    The name is resolved once, every address is checked, and one of those is dialled. A registry entry or a redirect
    that names a machine of the runner's own network, or its cloud's metadata service, is refused (server-side request
    forgery), and a name that answers something else the second time gains nothing (DNS rebinding).

    Raises:
        SourceError: an address of it is not of the public internet, or its name means nothing.
        OSError: it has no address, or none answers.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise SourceError(f"{host!r} is not the name of a host, expected one; check the address") from None
    addresses = [str(info[4][0]) for info in found]
    for address in addresses:
        _require_allowed(host, address, policy)
    failure: OSError = OSError("it has no address")
    for address in dict.fromkeys(addresses):
        try:
            return socket.create_connection((address, port), timeout=policy.timeout_s)
        except OSError as error:
            failure = error
    raise failure


def is_public(address: str) -> bool:
    """Whether an IP address, and the IPv4 address that it may carry, is one of the public internet."""
    return all(one.is_global and not one.is_multicast for one in _meant(address))


def is_usable(address: str) -> bool:
    """Whether it can be a machine of a closed network at least: link-local addresses are those of cloud metadata."""
    return not any(
        one.is_link_local or one.is_multicast or one.is_unspecified or one in _METADATA for one in _meant(address)
    )


def _require_allowed(host: str, address: str, policy: SourcePolicy) -> None:
    at = host if host == address else f"{host} ({address})"
    if not is_usable(address):
        raise SourceError(
            f"{at} is a link-local, metadata or multicast address, expected a host of the internet; check the address"
        )
    if not policy.allow_private and not is_public(address):
        raise SourceError(
            f"{at} is not on the public internet, expected a host that is; in a closed network set "
            "ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK=1"
        )


def _meant(text: str) -> list[_Address]:
    """An address, and the IPv4 addresses that it leads to through a gateway or the system itself."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    carried = [one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one is not None]
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    # The mapped form itself is in no network of the internet, the address in it may be.
    return [*carried] if address.ipv4_mapped else [address, *carried]
