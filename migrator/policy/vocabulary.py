"""Words by which policies name credentials."""

from __future__ import annotations

import re

_CREDENTIAL = re.compile(
    r"(?:^|[-_.])(?:authorization|authtoken|auth|api[-_]?key|apikey|subscription[-_]?key|token|secret|password|passwd"
    r"|pwd|passphrase|credentials?|private[-_]?key|access[-_]?key|signature|sig|cookie|bearer|key)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = frozenset({"bucket_key", "bucket-key"})


def names_a_credential(name: str) -> bool:
    """Whether a header, parameter or field of that name holds a credential."""
    spelled = _CAMEL.sub("-", name).lower()
    return spelled not in _HARMLESS and _CREDENTIAL.search(spelled) is not None
