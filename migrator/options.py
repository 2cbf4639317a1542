"""What a caller of the library may choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.catalog import Catalogs
from migrator.errors import UsageError
from migrator.findings.rulings import ANY, Rulings
from migrator.sources.prose import holds_credential, prose
from migrator.target.spelling import ModelIds
from migrator.translate.model import DEFAULT_MIGRATION, Names, Reason, TranslateOptions


class Options(Struct, frozen=True):
    """What a caller may choose.

    ``migration`` names the mark that every created object carries. ``model_ids`` is how models of
    built-in providers are spelled (``qualified`` or ``catalog``). ``decisions`` maps a decision's id, or a
    pattern such as ``who-pays:*``, to the option to take. ``catalogs`` is what the two gateways know of
    models; None is what ships with the package (see ``migrator.catalog.catalogs_with``). ``reasons`` says why
    a decision was taken, under the same id or pattern. ``verify``: compare the result with what the policies
    did, request by request, and give each unit its verdict. ``names`` are names and ids for what is created.
    ``rulings`` are severities and waivers; ``as_of`` is the day that waivers are judged against, None for today,
    and nothing else depends on it.
    """

    migration: str = DEFAULT_MIGRATION
    model_ids: str = ModelIds.QUALIFIED.value
    decisions: Mapping[str, str] = field(default_factory=dict)
    catalogs: Catalogs | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    verify: bool = True
    names: Names = field(default_factory=Names)
    rulings: Rulings = field(default_factory=Rulings)
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.migration) <= 100 or not self.migration.isprintable():  # noqa: PLR2004 -- a label
            raise UsageError("a migration's name has 1 to 100 printable characters")
        known = [one.value for one in ModelIds]
        if self.model_ids not in known:
            raise UsageError(
                f"there is no way {self.model_ids} to spell models", f"Choose one of: {', '.join(known)}."
            )
        for what, text in self._shown_as_they_are():
            if holds_credential(text):
                raise UsageError(f"{what} holds a credential")

    def _shown_as_they_are(self) -> Iterator[tuple[str, str]]:
        yield "a migration's name", self.migration
        for names in (self.names.objects, self.names.provider_ids):
            for key, name in names.items():
                yield from (("a key of names", key), ("a name", name.text))
        for waiver in self.rulings.waivers:
            given = (one for one in (waiver.unit, waiver.file, waiver.pointer) if one != ANY)
            yield from ((f"a pattern of the waiver of {waiver.code}", one) for one in given)

    def translation(self) -> TranslateOptions:
        """The part that translating takes."""
        reasons = {
            answer: replace(said, reason=_shown(said.reason), by=_shown(said.by))
            for answer, said in self.reasons.items()
        }
        return TranslateOptions(
            self.migration, ModelIds(self.model_ids), dict(self.decisions), reasons, self.names
        )

    def ruled(self) -> Rulings:
        """The rulings, with what they say as reports show it."""
        return Rulings(
            tuple(replace(one, reason=prose(one.reason), by=_shown(one.by)) for one in self.rulings.waivers),
            {
                code: replace(one, reason=_shown(one.reason), by=_shown(one.by))
                for code, one in self.rulings.regrades.items()
            },
        )


def _shown(text: str | None) -> str | None:
    """A caller's own words have not been read by the reader of the decisions file."""
    return None if text is None else prose(text)
