"""Where a request comes from, through proxies that are trusted: RFC 7239, or X-Forwarded-For as proxies write it."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from starlette.types import Scope

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
UNKNOWN: Final = "unknown"
FORWARDED: Final = "forwarded"
LONGEST: Final = 8192  # characters: no chain of proxies is longer


def client_network(scope: Scope, trusted: Sequence[Network], header: str) -> str:
    """Return the network (/24 or /48) that a request comes from; `header` is the one that the trusted proxies write.

    Each hop is believed only as far as a trusted proxy wrote it. Where one wrote something that is no address, such as
    `unknown` (RFC 7239, section 6), the proxy itself stands for its client.
    """
    client = scope.get("client")
    address = read_address(client[0]) if client else None
    for hop in _hops(scope, header) if trusted else ():
        if address is None or not any(address in network for network in trusted):
            break
        if (earlier := read_address(hop)) is None:
            break
        address = earlier
    return UNKNOWN if address is None else network_of(address)


def network_of(address: Address) -> str:
    """Return the network by which clients without a token are counted: /24 of IPv4, /48 of IPv6."""
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


def read_address(text: str) -> Address | None:
    """Return the address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, quoted or not; else None.

    An IPv4 address that is written as one of IPv6 is returned as what it is; a zone is left out.
    """
    text = text.strip().strip('"').strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _hops(scope: Scope, header: str) -> Iterator[str]:
    """Yield what each proxy wrote of its client, the nearest proxy first."""
    name = header.encode()
    value = ",".join(line.decode("latin-1") for key, line in scope["headers"] if key == name)
    if not value or len(value) > LONGEST:
        return
    is_rfc_7239 = header == FORWARDED
    for element in reversed(_split(value, ",") if is_rfc_7239 else value.split(",")):
        if element.strip():
            yield _node(element) if is_rfc_7239 else element


def _node(element: str) -> str:
    """Return the value of `for` in one element of `Forwarded`; empty where there is none."""
    pairs = (pair.partition("=") for pair in _split(element, ";"))
    return next((value for name, _, value in pairs if name.strip().lower() == "for"), "")


def _split(text: str, separator: str) -> list[str]:
    """Split at separators outside of quoted strings (RFC 9110, section 5.6.4), in one pass over the text.

    Nothing is returned of a text that ends within a string: a client that opens one could hide in it what the proxy adds.
    """
    parts, start, is_quoted, is_escaped = [], 0, False, False
    for place, letter in enumerate(text):
        if is_escaped:
            is_escaped = False
        elif is_quoted and letter == "\\":
            is_escaped = True
        elif letter == '"':
            is_quoted = not is_quoted
        elif letter == separator and not is_quoted:
            parts.append(text[start:place])
            start = place + 1
    return [] if is_quoted else [*parts, text[start:]]
