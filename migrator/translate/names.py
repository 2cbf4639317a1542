"""What models of built-in providers are called at the new gateway."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from migrator.catalog import Catalogs


class RealName(Struct, frozen=True):
    """A model's name at the new gateway. ``known`` is False where no catalogue has it."""

    id: str
    renamed: bool = False
    retired: bool = False
    known: bool = True


@lru_cache(maxsize=4096)
def real_name(catalogs: Catalogs, provider_id: str, name: str) -> RealName:
    """What the old gateway made of ``name`` at a built-in provider, as the new one spells it."""
    if "/" in name and name.lower().startswith(f"{provider_id}/"):
        name = name.partition("/")[2]
    current = catalogs.current.model(provider_id, name)
    legacy = catalogs.legacy.model(provider_id, name)
    if current is not None:
        return RealName(current.id)
    if legacy is not None:
        return RealName(legacy.id, retired=True)
    alias = catalogs.legacy.alias(name)
    if alias is not None and alias[0] == provider_id:
        target = catalogs.current.model(provider_id, alias[1])
        return RealName(target.id if target else alias[1], renamed=True, retired=target is None)
    return RealName(name, known=False)
