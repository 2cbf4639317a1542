"""Words by which policies name credentials."""

from __future__ import annotations

import re

_CREDENTIAL = re.compile(
    r"(?:^|[-_.])(?:authorization|authtoken|auth|api[-_]?key|apikey|subscription[-_]?key|token|secret|password|passwd"
    r"|jwt|pwd|passphrase|credentials?|private[-_]?key|access[-_]?key|signature|assertion|sig|cookie|bearer|key)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = frozenset({"bucket_key", "bucket-key"})
_NAMELESS = frozenset({"key", "keys", "bucket_key", "additional_jkus"})


_AMOUNT = re.compile(
    r"(?:^|[-_])(?:max|min|input|output|prompt|completion|total|budget|stop|num|count)(?:[-_]|$)"
)


def holds_credentials(name: str) -> bool:
    """Whether a field of that name, in the singular or the plural, holds credentials somewhere below it."""
    known = _FREQUENT.get(name)
    return _judged(name) if known is None else known


def _judged(name: str) -> bool:
    spelled = _CAMEL.sub("-", name).lower()
    if spelled in _NAMELESS or _AMOUNT.search(spelled):
        return False
    return names_a_credential(spelled) or names_a_credential(spelled.removesuffix("s"))


def names_a_credential(name: str) -> bool:
    """Whether a header, parameter or field of that name holds a credential."""
    spelled = _CAMEL.sub("-", name).lower()
    return spelled not in _HARMLESS and _CREDENTIAL.search(spelled) is not None


_FREQUENT = {
    name: _judged(name)
    for name in (
        *("on_http_request", "on_http_response", "name", "expressions", "actions", "type", "config", "id"),
        *("providers", "api_keys", "value", "models", "model_selection", "strategy", "base_url", "metadata"),
        *("status_code", "headers", "content-type", "body", "id_aliases", "description", "display_name"),
        *("apiVersion", "kind", "spec", "url", "namespace", "disabled", "author_id", "max_output_tokens"),
        *("only_allow_configured_providers", "only_allow_configured_models", "total_timeout"),
    )
}
"""What is true of the names that every policy has; judging one takes five searches."""
