"""What catalogues say of a model, under the names by which strategies ask for it."""

from __future__ import annotations

from migrator.catalog.model import CatalogModel, Catalogs


def catalog_facts(catalogs: Catalogs, provider_id: str, known: str) -> dict[str, object]:
    """A built-in provider's model as the legacy catalogue has it; prices as any catalogue has them."""
    legacy = catalogs.legacy.model(provider_id, known)
    current = catalogs.current.model(provider_id, known)
    facts: dict[str, object] = {"id": known}
    author = _author(catalogs, provider_id, known, legacy or current)
    if author is not None:
        facts["author_id"] = author
    if legacy is not None:
        facts |= {"known": True, "custom": False, **_attributes(legacy)}
    for model in (current, legacy):
        for kind, price in (model.prices or {}).items() if model is not None else ():
            facts[f"pricing.{kind}"] = price
            if kind in ("text.input", "text.output"):
                facts[f"pricing.{kind.removeprefix('text.')}"] = price
    return facts


def _attributes(model: CatalogModel) -> dict[str, object]:
    held: dict[str, object] = {
        "display_name": model.display_name,
        "input_modalities": list(model.input_modalities) if model.input_modalities is not None else None,
        "output_modalities": list(model.output_modalities) if model.output_modalities is not None else None,
        "max_context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
    }
    return {name: value for name, value in held.items() if value is not None}


def _author(catalogs: Catalogs, provider_id: str, known: str, model: CatalogModel | None) -> str | None:
    author, slash, _ = known.partition("/")
    if slash:
        # The old pages name authors that are providers too; how they spelled the others is not public.
        return author if catalogs.legacy.provider(author) is not None else None
    provider = catalogs.legacy.provider(provider_id) or catalogs.current.provider(provider_id)
    return provider.author if provider is not None and model is not None else None
