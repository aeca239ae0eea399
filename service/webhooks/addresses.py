"""Checks the address of a webhook: nobody may make this service call its operator's own network."""

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

URL_LIMIT: Final = 2000
RESOLVE_SECONDS: Final = 5.0
_NAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?"
)
#: `2130706433`, `0x7f.1`, `0177.0.0.1`: some resolvers read these as addresses.
_ODD_ADDRESS: Final = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
#: Special networks that some versions of Python do not know: protocol assignments (RFC 6890), relays to IPv6 (RFC 7526),
#: documentation (RFC 9637), and the address at which a cloud's host answers its guests.
_SPECIAL: Final = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("168.63.129.16/32"),
    IPv6Network("3fff::/20"),
)

#: Code of a reason to refuse an address -> (Chinese, English).
REFUSALS: Final = {
    "not_a_url": ("不是完整的网址", "it is not a complete URL"),
    "not_https": ("须以 https:// 开头", "it must begin with https://"),
    "credentials": ("网址中不能带用户名或密码", "it must not contain a user name or password"),
    "odd_host": (
        "主机名须是域名或通常写法的 IP 地址",
        "its host must be a name, or an IP address written in the usual way",
    ),
    "unknown_host": ("找不到这个域名", "its host name was not found"),
    "private": ("它指向内部或专用网络", "it leads to a private or special network"),
}


class AddressRefusedError(ValueError):
    """A webhook may not have this address; `code` is one of REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """The host and port that a webhook calls; `host` is in lower case, an IPv6 address without its brackets."""

    host: str
    port: int


def parse_target(url: str, *, allow_private: bool) -> Target:
    """Return host and port of a webhook's URL or raise AddressRefusedError; `allow_private` also allows http."""
    if len(url) > URL_LIMIT or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefusedError("not_a_url")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "")
    except ValueError as error:
        raise AddressRefusedError("not_a_url") from error
    if parts.scheme not in ("http", "https") or not host or parts.fragment or port == 0:
        raise AddressRefusedError("not_a_url")
    if parts.scheme == "http" and not allow_private:
        raise AddressRefusedError("not_https")
    if "@" in parts.netloc:
        raise AddressRefusedError("credentials")
    _check_host(host)
    return Target(host, port or (443 if parts.scheme == "https" else 80))


async def resolve(target: Target, *, allow_private: bool) -> list[str]:
    """Return the addresses of a host, any of which may be called; raise AddressRefusedError if one is not public."""
    addresses = await look_up(target)
    if not addresses:
        raise AddressRefusedError("unknown_host")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise AddressRefusedError("private")
    return addresses


async def look_up(target: Target) -> list[str]:
    """Return all addresses of a host, in the resolver's order; none if the name does not exist."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(place[0]) for *_, place in found]


def is_public(text: str) -> bool:
    """Return whether an address is on the public network; tunnel addresses that carry another one are not."""
    try:
        address = ip_address(text)
    except ValueError:  # also an address with a zone, which is only ever local
        return False
    if not address.is_global or address.is_multicast or any(address in network for network in _SPECIAL):
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in _GLOBAL_UNICAST and address.sixtofour is None and address.teredo is None


def _check_host(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        if _ODD_ADDRESS.fullmatch(host) or not _NAME.fullmatch(host):
            raise AddressRefusedError("odd_host") from None
