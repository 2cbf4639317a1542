"""The stages of a run over files held in memory, one by one and as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from migrator.api import Input, Options, convert
from migrator.catalog import bundled
from migrator.merge.model import Migration
from migrator.sources.link import link
from migrator.sources.model import FileRead, Linked, Unit
from migrator.sources.read import read
from migrator.target.bodies import body_of, settings_body
from migrator.target.spelling import ModelIds
from migrator.target.state import DesiredState
from migrator.translate import translate
from migrator.translate.model import TranslateOptions, UnitResult

Files = Mapping[str, str | bytes]


class Stages(NamedTuple):
    """What each stage handed on."""

    reads: tuple[FileRead, ...]
    linked: Linked
    results: tuple[UnitResult, ...]


def inputs(files: Files) -> list[Input]:
    """Files as the library takes them; the path is the stem, as below a directory that was given."""
    return [
        Input(path, path, text if isinstance(text, bytes) else text.encode("utf-8"))
        for path, text in files.items()
    ]


def converted(files: Files, options: Options | None = None) -> Migration:
    """A whole run."""
    return convert(inputs(files), options).migration


def staged(files: Files, model_ids: ModelIds = ModelIds.QUALIFIED) -> Stages:
    """Reading, linking and translating, without merging."""
    reads = tuple(file for item in inputs(files) if (file := read(item)) is not None)
    linked = link(reads)
    options = TranslateOptions(model_ids=model_ids)
    return Stages(reads, linked, tuple(translated(unit, options) for unit in linked.units))


def translated(unit: Unit, options: TranslateOptions | None = None) -> UnitResult:
    return translate(unit, options or TranslateOptions(), bundled())


def bodies(state: DesiredState) -> list[tuple[str, str, dict[str, Any]]]:
    """(member, ref, body) of every object in the order in which it is created; the settings last."""
    made = [(item.member, item.ref, body_of(item, state.migration)) for item in state.objects()]
    if state.gateway_config is not None:
        made.append(("gatewayConfig", "", settings_body(state.gateway_config)))
    return made


def everything(migration: Migration) -> str:
    """All that a run says, as one text in which nothing is sorted anew."""
    return json.dumps(
        {
            "bodies": bodies(migration.state),
            "findings": [
                [f.code, str(f.at), f.pointer, f.unit, f.text, f.advice, f.fingerprint, list(f.outputs)]
                for f in migration.findings
            ],
            "decisions": [
                [d.id, d.unit, d.code, d.question, d.options, d.default, d.chosen, d.by]
                for d in migration.decisions
            ],
            "units": [
                [u.id, u.title, u.status, dict(u.coverage), u.configuration, u.access_keys, repr(u.sources)]
                for u in migration.units
            ],
            "sources": [[s.path, s.container, s.status, dict(s.coverage)] for s in migration.sources],
            "provenance": [
                [output, [str(at) for at in origins]] for output, origins in migration.provenance()
            ],
        },
        ensure_ascii=False,
        indent=1,
    )
