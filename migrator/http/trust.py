"""Whom a connection is made to: certificates, and what is wrong with one."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from migrator.errors import RemoteError, UsageError

_NOT_TRUSTED: Final = (
    "The key was not sent. If the certificate is from an authority of your own, name that authority's "
    "certificate: --ca-file FILE, or SSL_CERT_FILE. It is always verified."
)


def trust_of(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What httpx verifies by: a file's authorities alone, or those of the machine."""
    if ca_file is None:
        return True
    reason = "it holds no certificate in PEM"
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        pass
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it cannot be opened").lower()
    raise UsageError(
        f"the file of certificates cannot be used: {reason}",
        "--ca-file takes the certificate of the authority, in PEM.",
    )


def trust_of_nobody() -> ssl.SSLContext:
    """For connections without TLS: reading the machine's authorities takes longer than such a request."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def distrust(error: BaseException, host: str) -> RemoteError | None:
    """The refusal of a certificate that a failed connection stands for; None for another failure."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RemoteError(
                f"the certificate of {host} is not trusted ({cause.verify_message.rstrip('.')})",
                _NOT_TRUSTED,
                is_general=True,
            )
        cause = cause.__cause__ or cause.__context__
    return None
