"""What an account answers to ``GET /v1/models`` as the current catalogue.

The answer is the authority on which models there are and how they are spelled. What it leaves open
(base URLs, who needs a key, limits it gives as zero) is taken from the shipped catalogue where that
knows it, and is unknown otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from migrator.catalog.model import Catalog, CatalogModel, CatalogProvider, author_of, without_author
from migrator.catalog.part import Part
from migrator.catalog.rates import prices_of
from migrator.errors import MigratorError

T = TypeVar("T")

SOURCE: Final = "what the account answered to GET /v1/models"
_REMEDY: Final = (
    "The API may be newer than this migrator. Leave `--catalog live` out, or give a catalogue file instead."
)


class _Offer(Struct, frozen=True):
    """A model at one provider, as the answer has it."""

    provider_id: str
    is_active: bool
    model: CatalogModel


def from_models_answer(answer: object, as_of: str, bundled: Catalog) -> Catalog:
    """The current catalogue that a decoded answer describes; ``bundled`` is the shipped one.

    The same models in another order give an equal catalogue. Models that are inactive or the account's
    own are left out. A fact that the answer lacks is unknown, and so is one that it states in two ways.

    Raises MigratorError with the place for an answer that is not what the contract says, and for one
    without any built-in model: with it every model would count as retired.
    """
    root = Part(answer, _refused)
    offers = [
        _offer(model, offer, bundled)
        for model in root.member("data").items()
        if _one_of(model.member("owned_by"), "ngrok", "organization_owned") == "ngrok"
        for offer in model.member("providers").items()
    ]
    active: dict[str, list[_Offer]] = {}
    for offer in offers:
        if offer.is_active:
            active.setdefault(offer.provider_id.lower(), []).append(offer)
    if not active:
        raise root.wrong("it has no active built-in model")
    shipped = {entry.id.lower(): entry for entry in bundled.providers}
    new = {key: _new_provider(active[key]) for key in sorted(active.keys() - shipped.keys())}
    providers = [
        replace(entry, models=_models(active.get(key, ()), entry, bundled))
        for key, entry in (shipped | new).items()
    ]
    reserved = bundled.reserved | shipped.keys() | {offer.provider_id.lower() for offer in offers}
    return Catalog("current", as_of, SOURCE, tuple(providers), reserved, bundled.model_aliases)


def _new_provider(offers: Sequence[_Offer]) -> CatalogProvider:
    """A built-in provider that the shipped catalogue does not know: no inference of ngrok's is assumed."""
    return CatalogProvider(min(offer.provider_id for offer in offers), None, True, (), ())  # noqa: FBT003 -- the field's name says it


def _models(
    offers: Iterable[_Offer], provider: CatalogProvider, bundled: Catalog
) -> tuple[CatalogModel, ...]:
    same: dict[str, list[CatalogModel]] = {}
    for offer in offers:
        same.setdefault(offer.model.id.lower(), []).append(offer.model)
    return tuple(_settled(same[key], _shipped(bundled, provider, key)) for key in sorted(same))


def _settled(stated: Sequence[CatalogModel], known: CatalogModel) -> CatalogModel:
    """One model out of all that the answer states of it; ``known`` fills in what nothing states."""
    return CatalogModel(
        min(model.id for model in stated),
        _agreed([m.context_window for m in stated], known.context_window),
        _agreed([m.max_output_tokens for m in stated], known.max_output_tokens),
        _agreed([m.input_modalities for m in stated], known.input_modalities),
        _agreed([m.output_modalities for m in stated], known.output_modalities),
        _agreed([m.author for m in stated], known.author),
        _agreed([m.display_name for m in stated], known.display_name),
        _agreed([m.prices for m in stated], known.prices),
    )


def _agreed(stated: Iterable[T | None], shipped: T | None) -> T | None:
    known = [value for value in stated if value is not None]
    if not known:
        return shipped
    return known[0] if all(value == known[0] for value in known) else None


def _offer(model: Part, offer: Part, bundled: Catalog) -> _Offer:
    provider_id = offer.member("id").provider_id()
    written = _without_provider(offer.member("model_id"), provider_id)
    listed = _without_provider(model.member("id"), provider_id)
    author = author_of(written) or (author_of(listed) if without_author(listed) == written else None)
    facts = model.optional("architecture", lambda part: part) or Part({}, _refused)
    return _Offer(
        provider_id,
        _one_of(offer.member("status"), "active", "inactive") == "active",
        CatalogModel(
            _spelled(written, author, provider_id, bundled),
            offer.optional("context_length", _limit),
            offer.optional("max_completion_tokens", _limit),
            facts.optional("input_modalities", _modalities),
            facts.optional("output_modalities", _modalities),
            author,
            model.optional("name", _label),
            offer.optional("pricing", prices_of),
        ),
    )


def _spelled(written: str, author: str | None, provider_id: str, bundled: Catalog) -> str:
    """The id as catalogues have it: without an author that is the provider, else with it if it is known.

    So ``target.spelling`` gives back what the answer said.
    """
    if author is None:
        known = bundled.model(provider_id, written)
        return known.id if known is not None else written
    name = written if author_of(written) is None else without_author(written)
    if author.lower() == provider_id.lower() and "/" not in name:
        return name
    return f"{author}/{name}"


def _shipped(bundled: Catalog, provider: CatalogProvider, model_id: str) -> CatalogModel:
    """What is known of a model without the answer."""
    found = bundled.model(provider.id, model_id)
    if found is None and author_of(model_id) is not None:
        bare = bundled.model(provider.id, without_author(model_id))
        # The same name by another author is another model.
        found = bare if bare is not None and author_of(bare.id) is None else None
    return found or CatalogModel(model_id, None, None, None, author=provider.author)


def _without_provider(part: Part, provider_id: str) -> str:
    name = part.model_id()
    prefix, _, rest = name.partition(":")
    if not rest or prefix.lower() != provider_id.lower():
        return name
    return replace(part, value=rest).model_id()


def _one_of(part: Part, *words: str) -> str:
    """One of the contract's words. A new one would decide who owns or may use a model: no guess is made."""
    found = part.text()
    if found not in words:
        raise part.refused(" or ".join(words))
    return found


def _limit(part: Part) -> int | None:
    return part.whole(least=0) or None


def _modalities(part: Part) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(item.name() for item in part.items())) or None


def _label(part: Part) -> str | None:
    """A name for people: what cannot be shown is as good as unknown."""
    return part.value if isinstance(part.value, str) and part.value.isprintable() and part.value else None


def _refused(place: str, what: str) -> MigratorError:
    return MigratorError(
        f"the answer to GET /v1/models is not what the contract says: {place}: {what}", _REMEDY
    )
