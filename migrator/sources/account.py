"""Keys of the old gateway and names of secrets, as ``api.ngrok.com`` lists them.

Shapes: the field tables of ngrok's pages on AI Gateway API keys and provider keys, and of ``/vaults`` and
``/vault_secrets``. Values are in none of them; where an old dump has one it was masked before this is read.
"""

from __future__ import annotations

from migrator.policy.origin import Field
from migrator.sources.context import AccountNotes, at_path, metadata_of, text_at
from migrator.sources.model import AttachedKey, GatewayKey, Page, VaultSecretName
from migrator.tree.nodes import Mapping, Sequence

GATEWAY_KEYS = "ai_gateway_api_keys"
ATTACHED_KEYS = "ai_gateway_provider_keys"
VAULTS = "vaults"
SECRETS = ("secrets", "vault_secrets")
ENDPOINTS = "endpoints"
LISTS = (GATEWAY_KEYS, ATTACHED_KEYS, VAULTS, *SECRETS)
"""Lists that hold no policy."""


def is_index(root: Mapping) -> bool:
    """Whether it is what ``migrator pull`` says of the lists that it saved."""
    return root.get("apiUrl") is not None and isinstance(root.get("lists"), Sequence)


def read_index(root: Field, notes: AccountNotes) -> None:
    """Gather the lists that a pull did not get to their ends: there may be no file that shows it."""
    listed = root.get("lists")
    for item in listed.items() if listed is not None else ():
        name, complete = text_at(item, "name"), at_path(item, "isComplete")
        if name in (*LISTS, ENDPOINTS) and complete is not None and complete.text == "false":
            notes.unfinished.append(Page(SECRETS[0] if name in SECRETS else name, item))


def read_account(root: Field, notes: AccountNotes) -> None:
    """Gather what an answer says, a list or a single object. Any member may be missing."""
    for name in (*LISTS, ENDPOINTS):
        listed = root.get(name)
        if listed is None or not isinstance(listed.node, Sequence):
            continue
        notes.pages.append(Page(SECRETS[0] if name in SECRETS else name, at_path(root, "next_page_uri")))
        for item in listed.items():
            _read(item, name, notes)
    identity = text_at(root, "id") or ""
    for prefix, name in (("aigk_", GATEWAY_KEYS), ("aigpk_", ATTACHED_KEYS)):
        if identity.startswith(prefix):
            _read(root, name, notes)


def _read(item: Field, name: str, notes: AccountNotes) -> None:
    identity = text_at(item, "id")
    if not isinstance(item.node, Mapping) or not identity:
        return
    if name == GATEWAY_KEYS:
        notes.gateway_keys.append(_gateway_key(item, identity))
        attached = item.get("provider_keys")
        for each in attached.items() if attached is not None else ():
            _attached(each, identity, notes)
    elif name == ATTACHED_KEYS:
        _attached(item, text_at(item, "ai_gateway_api_key", "id"), notes)
    elif name == VAULTS:
        notes.vaults.append((identity, text_at(item, "name") or identity))
    elif name in SECRETS and (called := text_at(item, "name")):
        vault = text_at(item, "vault_name") or text_at(item, "vault", "id") or text_at(item, "vault_id")
        notes.secrets.append(VaultSecretName(vault or "", called))


def _gateway_key(item: Field, identity: str) -> GatewayKey:
    return GatewayKey(
        id=identity,
        endpoint=text_at(item, "endpoint", "id") or text_at(item, "endpoint_id"),
        description=text_at(item, "description") or None,
        metadata=metadata_of(at_path(item, "metadata"), "keyMetadata"),
        last_used=text_at(item, "last_used") or None,
        field=item,
    )


def _attached(item: Field, gateway_key: str | None, notes: AccountNotes) -> None:
    identity, provider = text_at(item, "id"), text_at(item, "provider_id")
    if identity and provider and gateway_key:
        notes.attached_keys.append(
            AttachedKey(
                id=identity,
                gateway_key=gateway_key,
                provider=provider,
                created_at=text_at(item, "created_at") or "",
                description=text_at(item, "description") or None,
                metadata=metadata_of(at_path(item, "metadata"), "keyMetadata"),
                field=item,
            )
        )
