"""Certificates made for a test."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificate:
    """A certificate that signed itself, and what a server needs of it."""

    file: Path
    served: ssl.SSLContext


def certificate(folder: Path, name: str = "IP:127.0.0.1") -> Certificate:
    """A new one for ``name``; the test is skipped where none can be made."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the program openssl to make a certificate")
    file, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"),
            *("-keyout", str(key), "-out", str(file), "-subj", "/CN=test"),
            *("-addext", f"subjectAltName={name}"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file, key)
    return Certificate(file, served)
