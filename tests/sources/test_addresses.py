"""Which machines are connected to: decided by the address that is dialled, however its name is written."""

import pytest

from converter.sources import SourceError, SourcePolicy
from converter.sources.addresses import dial, is_public, is_usable

_PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:0a00:0001::1",
]
_NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "::ffff:169.254.169.254",  # noqa: S104
          "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "168.63.129.16"]  # fmt: skip


@pytest.mark.parametrize("address", _PRIVATE)
def test_a_private_address_is_not_public_and_may_be_allowed(address: str) -> None:
    assert not is_public(address)
    assert is_usable(address)


@pytest.mark.parametrize("address", _NEVER)
def test_metadata_link_local_and_multicast_addresses_are_never_dialled(address: str) -> None:
    with pytest.raises(SourceError, match="is a link-local, metadata or multicast address"):
        dial(address, 80, SourcePolicy(allow_private=True))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert is_usable(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "10.0.0.1", "::1"])
def test_a_private_host_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(SourceError, match="is not on the public internet"):
        dial(host, 9, SourcePolicy())
