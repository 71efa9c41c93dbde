"""Where a chat message may go: hosts on a list, at public addresses, over TLS, and nowhere else whatever anybody answers.

Every request of the chat services passes through `guarded`, which stands in for the module `requests` there. The host is
looked up once, all its addresses are judged, and the connection goes to the very address that was judged, with the
certificate checked against the name: a second answer of the name server (rebinding) is never asked for. Redirects,
proxies and passwords of the surroundings (`.netrc`) are not used. No address of a channel gets into an error or a log.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

TIMEOUT = (4.0, 15.0)
"""Seconds to connect, and to wait for each piece of the answer."""

ALTOGETHER = 30.0
"""Seconds for a request as a whole, far below a claim's lease: one that answers letter by letter must not hold up the mails behind it."""

Address = tuple[str, int]
_NAT64 = IPv6Network("64:ff9b::/96")
_GIVEN_OUT = IPv6Network("2000::/3")
"""Everything that was ever given out for the open internet (RFC 4291); what lies beside it is local or wraps IPv4 in a way of its own."""

# Why nothing was sent, as message ids; what a service answered is in `ANSWERS` of `tracker.notify.chat`.
NOT_LISTED = "its host is not on the list of hosts that messages may go to"
NOT_TLS = "its address does not begin with https://"
NOT_PUBLIC = "its host leads to an address inside a network, and is not listed as such"
NOT_FOUND = "its host is unknown to the name server"


class Refused(requests.RequestException):
    """Not sent: the message id is its reason. `permanent`: waiting will not help."""

    def __init__(self, msgid: str, *, permanent: bool = True) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.permanent = permanent


def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a host, IPv4 first. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({(info[4][0], port) for info in found}, key=lambda one: (":" in one[0], one))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where IPv6 wraps an IPv4 one."""
    ip = ip_address(address.split("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GIVEN_OUT:
            return False
    return ip.is_global and not ip.is_multicast


@dataclass(frozen=True)
class Hosts:
    """The hosts that messages may go to, as `host` or `host:port`, in lower case.

    `suffixes` begin with a dot. `inside` are those of the listed hosts that may lie in the office's own network; without TLS
    nothing goes anywhere but, where `plain` says so (a test), to one of these.
    """

    listed: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    inside: frozenset[str] = frozenset()
    plain: bool = False
    resolve: Callable[[str, int], list[Address]] = look_up
    ca: str | bool = True  # True: the authorities that everybody trusts

    def problem(self, url: str) -> str | None:
        """Why this address may not be asked at all, as a message id, before any name is looked up; None: it may."""
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or _default_port(parts.scheme)
        names = {host, f"{host}:{port}"} if port == 443 else {f"{host}:{port}"}
        if not host or not (names & self.listed or (port == 443 and host.endswith(self.suffixes or ("\0",)))):
            return NOT_LISTED
        if parts.scheme != "https" and not (self.plain and names & self.inside):
            return NOT_TLS
        return None

    def address_of(self, url: str) -> Address:
        """The address to connect to. Raises Refused where the host may not be asked, or leads where it must not."""
        problem = self.problem(url)
        if problem:
            raise Refused(problem)
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or _default_port(parts.scheme)
        try:
            found = self.resolve(host, port)
        except OSError:
            raise Refused(NOT_FOUND, permanent=False) from None
        if not found:
            raise Refused(NOT_FOUND, permanent=False)
        may_be_inside = bool({host, f"{host}:{port}"} & self.inside)
        if not may_be_inside and not all(is_public(ip) for ip, _ in found):
            raise Refused(NOT_PUBLIC)
        return found[0]


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


@dataclass
class Passage:
    """One message on its way: what it may use, and what became of it.

    `status` is the service's last answer (None: there was none); `failed` the name of what went wrong before an answer.
    """

    hosts: Hosts
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    failed: str = ""
    refused: Refused | None = None
    requests: int = 0


_PASSAGE: ContextVar[Passage] = ContextVar("passage")


@contextmanager
def passage(hosts: Hosts, headers: Mapping[str, str] | None = None) -> Iterator[Passage]:
    """Within this, requests of the chat services go out under these rules; outside of it none do."""
    current = Passage(hosts, headers or {})
    mark = _PASSAGE.set(current)
    try:
        yield current
    finally:
        _PASSAGE.reset(mark)


class _Guarded:
    """What the chat services find instead of `requests`: the few names that they use."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("POST", url, **kwargs)

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Send under the rules of the present passage. Raises requests' own errors, Refused among them."""
        current = _PASSAGE.get()
        current.requests += 1
        try:
            response = _in_time(lambda: _send(current, method, url, kwargs))
        except Refused as refused:
            current.refused = refused
            raise
        except (requests.RequestException, OSError, ValueError) as failed:
            current.failed = type(failed).__name__
            raise requests.RequestException(current.failed) from None  # the text of the first one would name the address
        current.status = response.status_code
        return response


guarded = _Guarded()


def _in_time(ask: Callable[[], requests.Response]) -> requests.Response:
    """The answer, if it comes in time; a request that takes longer is left alone and counts as unanswered."""
    found: list[requests.Response | BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except BaseException as failed:
            found.append(failed)

    asking = threading.Thread(target=run, daemon=True, name="chat")
    asking.start()
    asking.join(ALTOGETHER)
    if not found:
        raise requests.Timeout("no answer in time")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _send(current: Passage, method: str, url: str, asked: Mapping[str, Any]) -> requests.Response:
    address = current.hosts.address_of(url)
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", _Pinned(address))
        session.mount("http://", _Pinned(address))
        response = session.request(
            method.upper(),
            url,
            data=asked.get("data"),
            params=asked.get("params"),
            headers={**(asked.get("headers") or {}), **current.headers},
            auth=asked.get("auth"),
            verify=current.hosts.ca,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        )
        response.close()  # the status is all that counts: nobody makes us read for ever
        response._content, response._content_consumed = b"ok", True
        return response


class _Pinned(HTTPAdapter):
    """Connects to one address, whatever the name server says by now; certificate and `Host` keep to the name."""

    def __init__(self, address: Address) -> None:
        self._address = address
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url)
        ip, port = self._address
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        if parts.scheme == "https":
            self.poolmanager.connection_pool_kw.update(server_hostname=parts.hostname, assert_hostname=parts.hostname)
        request.url = urlunsplit(parts._replace(netloc=f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"))
        return super().send(request, *args, **kwargs)
