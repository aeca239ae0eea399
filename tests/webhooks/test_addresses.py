"""No webhook leads into a private network, however its address is written."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.webhooks import addresses
from service.webhooks.addresses import AddressRefusedError, Target, is_public, parse_target, resolve


def refusal(url: str, *, allow_private: bool = False) -> str:
    with pytest.raises(AddressRefusedError) as refused:
        parse_target(url, allow_private=allow_private)
    return refused.value.code


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/hook", "not_https"),
        ("ftp://example.org/hook", "not_a_url"),
        ("file:///etc/passwd", "not_a_url"),
        ("https://", "not_a_url"),
        ("example.org/hook", "not_a_url"),
        ("https://example.org/a b", "not_a_url"),
        ("https://example.org\\@127.0.0.1/", "not_a_url"),
        ("https://example.org/#part", "not_a_url"),
        ("https://example.org:0/", "not_a_url"),
        ("https://example.org:99999/", "not_a_url"),
        ("https://例子.中国/", "not_a_url"),
        ("https://example.org/" + "x" * 2000, "not_a_url"),
        ("https://user@example.org/", "credentials"),
        ("https://user:secret@example.org/", "credentials"),
        ("https://2130706433/", "odd_host"),
        ("https://0x7f000001/", "odd_host"),
        ("https://0x7f.0.0.1/", "odd_host"),
        ("https://0177.0.0.1/", "odd_host"),
        ("https://127.1/", "odd_host"),
        ("https://127.0.0.1./", "odd_host"),
        ("https://127.0.0.1.example.0x1/", "odd_host"),
        ("https://-bad-.example/", "odd_host"),
    ],
)
def test_an_address_that_is_not_plain_is_refused(url: str, code: str) -> None:
    assert refusal(url) == code


def test_a_plain_address_is_taken_apart() -> None:
    assert parse_target("https://Hooks.Example.org/a?b=c", allow_private=False) == Target(
        "hooks.example.org", 443
    )
    assert parse_target("https://[2606:4700::1111]:8443/", allow_private=False) == Target(
        "2606:4700::1111", 8443
    )
    assert parse_target("http://127.0.0.1:9/", allow_private=True) == Target("127.0.0.1", 9)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
        "192.0.0.8", "192.0.2.1", "192.168.1.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
        "3fff::1", "100::1", "not an address",
    ],
)  # fmt: skip
def test_private_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "223.5.5.5", "2606:4700:4700::1111", "2400:3200::1"]
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_address_inside_another_is_never_public(number: int) -> None:
    inner = IPv4Address(number)
    for outer in (f"::ffff:{inner}", f"::{inner}", f"64:ff9b::{inner}"):
        assert not is_public(outer)
    assert not is_public(str(IPv6Address(0x2002 << 112 | number << 80)))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_is_public_is_global(number: int) -> None:
    inner = IPv4Address(number)
    assert is_public(str(inner)) <= (inner.is_global and not inner.is_loopback and not inner.is_multicast)


def answering(*found: str) -> Callable[[Target], object]:
    async def look_up(_target: Target) -> list[str]:
        return list(found)

    return look_up


@pytest.mark.parametrize("found", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_inside_is_refused(found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "look_up", answering(*found))
    with pytest.raises(AddressRefusedError) as refused:
        await resolve(Target("inside.example.org", 443), allow_private=False)
    assert refused.value.code == "private"
    assert await resolve(Target("inside.example.org", 443), allow_private=True) == found


async def test_a_name_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "look_up", answering())
    with pytest.raises(AddressRefusedError) as refused:
        await resolve(Target("nowhere.example.org", 443), allow_private=True)
    assert refused.value.code == "unknown_host"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
async def test_the_machines_own_names_are_looked_up_and_refused(host: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        await resolve(Target(host, 443), allow_private=False)
    assert refused.value.code == "private"
