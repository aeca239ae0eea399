"""Where a request comes from: addresses as proxies write them, and what a client writes to look like somebody else."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.forwarded import LONGEST, client_network, read_address

PROXIES = (ip_network("198.51.100.0/24"), ip_network("2001:db8:ffff::/48"))
PROXY = "198.51.100.1"
XFF, RFC7239 = "x-forwarded-for", "forwarded"


def scope_of(address: str | None, *lines: tuple[str, str]) -> dict[str, Any]:
    """A request as it arrives over a connection from `address`."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in lines]
    return {"type": "http", "headers": headers, "client": (address, 1) if address else None}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ('"203.0.113.7:4711"', "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ('"[2001:db8::1]:4711"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("203.0.113.7:_obfuscated", "203.0.113.7"),
        ("unknown", None),
        ("_hidden", None),
        ("", None),
        ("unix:", None),
        ("203.0.113", None),
        ("[2001:db8::1", "2001:db8::1"),
        ("0203.0.113.7", None),
    ],
)
def test_an_address_is_read_as_proxies_write_it(text: str, address: str | None) -> None:
    assert read_address(text) == (ip_address(address) if address else None)


@pytest.mark.parametrize(
    ("address", "header", "lines", "network"),
    [
        ("203.0.113.7", XFF, [], "203.0.113.0/24"),
        ("::ffff:203.0.113.7", XFF, [], "203.0.113.0/24"),
        ("2001:db8:1:2::3", XFF, [], "2001:db8:1::/48"),
        (None, XFF, [(XFF, "203.0.113.7")], "unknown"),
        ("unix:", XFF, [(XFF, "203.0.113.7")], "unknown"),
        (PROXY, XFF, [(XFF, "203.0.113.7")], "203.0.113.0/24"),
        ("::ffff:198.51.100.1", XFF, [(XFF, "203.0.113.7")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "203.0.113.7:50123")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "[2001:db8:1::9]:50123")], "2001:db8:1::/48"),
        (PROXY, XFF, [(XFF, "192.0.2.9, 203.0.113.7")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "203.0.113.7, 198.51.100.2:443")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "192.0.2.9"), (XFF, "203.0.113.7")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "203.0.113.7,,")], "203.0.113.0/24"),
        (PROXY, XFF, [(XFF, "nonsense")], "198.51.100.0/24"),
        (PROXY, XFF, [(XFF, "203.0.113.7, unknown")], "198.51.100.0/24"),
        (PROXY, XFF, [(XFF, "")], "198.51.100.0/24"),
        (PROXY, XFF, [(XFF, "203.0.113.7" + " " * LONGEST)], "198.51.100.0/24"),
        ("192.0.2.1", XFF, [(XFF, "203.0.113.7")], "192.0.2.0/24"),
        (PROXY, XFF, [(RFC7239, "for=203.0.113.7")], "198.51.100.0/24"),
        (PROXY, RFC7239, [(XFF, "203.0.113.7")], "198.51.100.0/24"),
        (PROXY, RFC7239, [(RFC7239, "for=203.0.113.7")], "203.0.113.0/24"),
        (PROXY, RFC7239, [(RFC7239, 'For="[2001:db8:1::9]:4711";proto=https')], "2001:db8:1::/48"),
        (PROXY, RFC7239, [(RFC7239, "proto=https ; for = 203.0.113.7 ")], "203.0.113.0/24"),
        (PROXY, RFC7239, [(RFC7239, 'for=192.0.2.9;by="a,b;c", for=203.0.113.7')], "203.0.113.0/24"),
        (PROXY, RFC7239, [(RFC7239, "for=192.0.2.9, for=_hidden")], "198.51.100.0/24"),
        (PROXY, RFC7239, [(RFC7239, "for=192.0.2.9, proto=https")], "198.51.100.0/24"),
        (PROXY, RFC7239, [(RFC7239, 'for=192.0.2.9;x="'), (RFC7239, "for=203.0.113.7")], "198.51.100.0/24"),
    ],
)
def test_an_address_is_believed_only_from_trusted_proxies(
    address: str | None, header: str, lines: list[tuple[str, str]], network: str
) -> None:
    assert client_network(scope_of(address, *lines), PROXIES, header) == network


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert client_network(scope_of(PROXY, (XFF, "203.0.113.7")), (), XFF) == "198.51.100.0/24"


@given(st.text(st.characters(max_codepoint=255), max_size=60), st.booleans())
def test_what_a_client_writes_never_makes_it_somebody_else(written: str, is_rfc_7239: bool) -> None:
    """The proxy adds what it saw, on a line of its own or at the end of the client's: that, or the proxy, is counted."""
    header, added = (
        (RFC7239, 'for="[2001:db8:1::9]:80";proto=http') if is_rfc_7239 else (XFF, "2001:db8:1::9")
    )
    for lines in ([(header, written), (header, added)], [(header, f"{written}, {added}")]):
        found = client_network(scope_of(PROXY, *lines), PROXIES, header)
        assert found in ("2001:db8:1::/48", "198.51.100.0/24")
