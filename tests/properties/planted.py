r"""Files with credentials planted in every place where one can stand, for every output to be searched.

``PLANTED`` lists (description, file name, content, credentials). None of the credentials may occur in
anything the tool says or writes, whole or in part (``pieces``), nor encoded or hashed (``traces``);
``seen`` finds them. They are made up, and unique: no other text of the tool or of these files has
eight characters of one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from tests.properties import planted_checks, planted_fields, planted_files
from tests.properties.planting import Plant, Planted

PIECE: Final = 8
"""Characters of a credential that may not be seen together."""


def pieces(secret: str) -> set[str]:
    """Every part of a credential that is too long to be shown; the whole of a short one."""
    if len(secret) <= PIECE:
        return {secret}
    return {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}


def traces(secret: str) -> set[str]:
    """What would let somebody recognise or recover a credential without showing it."""
    data = secret.encode("utf-8")
    encoded = (base64.b64encode(data), base64.urlsafe_b64encode(data))
    hashes = [hashlib.new(name, data).hexdigest()[:PIECE] for name in ("md5", "sha1", "sha256", "sha512")]
    return {*(text.decode().rstrip("=") for text in encoded), data.hex(), quote(secret, safe=""), *hashes}


def seen(text: str, secrets: list[str]) -> Iterator[str]:
    """What ``text`` gives away of any of the credentials."""
    for secret in secrets:
        found = next((piece for piece in sorted(pieces(secret) | traces(secret)) if piece in text), None)
        if found is not None:
            yield f"{found!r} of {secret!r}"


def _planted() -> list[Planted]:
    plant = Plant()
    planted_fields.keys(plant)
    planted_fields.config(plant)
    planted_checks.front(plant)
    planted_checks.expressions(plant)
    planted_checks.comments(plant)
    planted_files.containers(plant)
    planted_files.json_texts(plant)
    planted_files.broken(plant)
    return plant.planted


PLANTED: Final[list[Planted]] = _planted()
