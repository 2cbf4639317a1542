"""Where a credential may be sent."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from migrator.errors import UsageError

_URL: Final = re.compile(r"[\x21-\x7e]{1,2048}\Z")
_REMEDY: Final = "Write https://HOST; plain http only for this machine (http://127.0.0.1:PORT)."


class Address(Struct, frozen=True):
    """A URL without credentials, and whether it is reached over TLS."""

    url: str
    is_secure: bool


def address(base_url: str, path: str) -> Address:
    """The address of ``path`` below ``base_url``.

    Raises UsageError for one that no credential goes to; its message repeats nothing but a host.
    """
    parts = _parts(base_url)
    if parts is None:
        raise UsageError("the API's address is not a URL", _REMEDY)
    if "@" in parts.netloc:
        raise UsageError("the API's address has credentials in it", _REMEDY)
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.query or parts.fragment:
        raise UsageError("the API's address is not a plain https URL", _REMEDY)
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise UsageError(f"http://{parts.hostname} is not encrypted: no key is sent there", _REMEDY)
    return Address(base_url.rstrip("/") + path, parts.scheme == "https")


def path_below(base_url: str, url: str) -> str | None:
    """The path, with the query, that leads from ``base_url`` to ``url``; None for one that is elsewhere.

    What a server names as the next address is asked as ``address(base_url, path)``, so that whatever it
    names, the host is the one the credential was given for.
    """
    base, there = _parts(base_url), _parts(url)
    if base is None or there is None or "@" in there.netloc or there.fragment:
        return None
    above = base.path.rstrip("/")
    if _origin(base) != _origin(there) or not there.path.startswith(f"{above}/"):
        return None
    path = there.path.removeprefix(above)
    if any(step in {".", ".."} for step in path.lower().replace("%2e", ".").split("/")):
        return None
    return f"{path}?{there.query}" if there.query else path


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _parts(url: str) -> SplitResult | None:
    if not _URL.match(url):
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
