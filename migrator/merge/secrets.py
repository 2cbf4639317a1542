"""Secrets that the policies name and the account's vaults do not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.findings.base import Finding
from migrator.findings.merge import SecretNotFound
from migrator.secrets import visible
from migrator.sources.model import VaultSecretName
from migrator.target.state import ProviderKey


def missing_secrets(
    keys: Iterable[ProviderKey], known: frozenset[VaultSecretName] | None
) -> Iterator[Finding]:
    """A finding for each provider key whose secret is not among ``known``; none where nobody knows them all."""
    if known is None:
        return
    names = {secret.name for secret in known}
    for key in keys:
        vault, name = key.value.vault, key.value.name
        named_alone = vault is None and name in names
        if name is None or named_alone or (vault is not None and VaultSecretName(vault, name) in known):
            continue
        label = visible(name if vault is None else f"{vault}/{name}")
        yield SecretNotFound(at=key.origins[0], secret=label, provider=key.provider_id)
