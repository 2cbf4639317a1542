from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.catalog import (
    Catalog,
    CatalogModel,
    CatalogProvider,
    bundled,
    catalogs_with,
    load,
    read_catalog,
)
from migrator.errors import UsageError
from tests.catalog.answers import JSON_VALUES, catalog_file, changed, places, pointer, without

PLANTED = "sk-PLANTED-not-a-key-0000"
PROVIDER = ("providers", 0)
MODEL = (*PROVIDER, "models", 0)


def write(folder: Path, content: Any) -> Path:
    file = folder / "catalog.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


def refusal(folder: Path, content: Any) -> UsageError:
    file = write(folder, content)
    with pytest.raises(UsageError) as caught:
        read_catalog(file)
    assert str(file) in caught.value.message
    assert caught.value.remedy
    return caught.value


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    provider = {
        "id": "openai",
        "baseUrl": "https://api.openai.com/v1/",
        "keyRequired": False,
        "author": "openai",
        "aliases": ["open-ai", "Open-AI"],
        "models": [
            {
                "id": "gpt-4o",
                "displayName": "GPT-4o",
                "contextWindow": 128000,
                "maxOutputTokens": 16384,
                "inputModalities": ["text", "image"],
                "outputModalities": ["text"],
                "prices": {"text.input": 2.5, "text.output": 10},
            },
        ],
    }
    content = catalog_file(
        gateway="legacy",
        reservedProviderIds=["XAI"],
        providers=[provider],
        modelAliases={"GPT-4-Omni": {"provider": "openai", "model": "gpt-4o"}},
    )
    expected = CatalogModel(
        "gpt-4o",
        128000,
        16384,
        ("text", "image"),
        output_modalities=("text",),
        author="openai",
        display_name="GPT-4o",
        prices={"text.input": 2.5, "text.output": 10.0},
    )
    read = read_catalog(write(tmp_path, content))
    assert read == Catalog(
        "legacy",
        "2026-10-01",
        "made up",
        (
            CatalogProvider(
                "openai", "https://api.openai.com/v1/", False, ("open-ai", "Open-AI"), (expected,), "openai"
            ),
        ),
        frozenset({"xai"}),
        {"gpt-4-omni": ("openai", "gpt-4o")},
    )


def test_absent_and_null_are_unknown(tmp_path: Path) -> None:
    names = (
        "displayName",
        "author",
        "contextWindow",
        "maxOutputTokens",
        "inputModalities",
        "outputModalities",
    )
    nothing = {"id": "m", **dict.fromkeys((*names, "prices"))}
    provider = {"id": "p", "baseUrl": None, "author": None, "aliases": None, "keyRequired": True}
    content = catalog_file(
        providers=[{**provider, "models": [nothing]}], reservedProviderIds=None, modelAliases=None
    )
    bare = catalog_file(providers=[{"id": "p", "keyRequired": True, "models": [{"id": "m"}]}])
    (tmp_path / "bare").mkdir()
    read = read_catalog(write(tmp_path, content))
    assert read == read_catalog(write(tmp_path / "bare", bare))
    assert read.model("p", "m") == CatalogModel("m", None, None, None)


def test_a_price_list_without_prices_is_unknown(tmp_path: Path) -> None:
    found = read_catalog(write(tmp_path, changed(catalog_file(), (*MODEL, "prices"), {})))
    assert found.providers[0].models[0].prices is None


@pytest.mark.parametrize(
    "provider_author, author, model_id, expected",
    [
        ("openai", None, "gpt", "openai"),
        ("openai", "meta", "gpt", "meta"),
        ("groq", None, "meta-llama/llama", "meta-llama"),
        ("groq", "meta", "meta-llama/llama", "meta"),
        (None, None, "llama", None),
    ],
)
def test_the_author_is_the_models_own_word_then_its_ids_then_the_providers(
    tmp_path: Path, provider_author: str | None, author: str | None, model_id: str, expected: str | None
) -> None:
    model = {"id": model_id, "author": author}
    provider = {"id": "p", "keyRequired": True, "author": provider_author, "models": [model]}
    read = read_catalog(write(tmp_path, catalog_file(providers=[provider])))
    assert read.providers[0].models[0].author == expected


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    file = write(tmp_path, b"\xef\xbb\xbf" + json.dumps(catalog_file()).encode())
    assert read_catalog(file).gateway == "current"


REQUIRED = [
    ("formatVersion",),
    ("gateway",),
    ("asOf",),
    ("source",),
    ("providers",),
    (*PROVIDER, "id"),
    (*PROVIDER, "keyRequired"),
    (*PROVIDER, "models"),
    (*MODEL, "id"),
]


@pytest.mark.parametrize("path", REQUIRED, ids=pointer)
def test_what_must_be_there_is_missed_with_its_place(tmp_path: Path, path: tuple[str | int, ...]) -> None:
    error = refusal(tmp_path, without(catalog_file(), path))
    assert f"{pointer(path[:-1])}: the member {path[-1]} is missing" in error.message


ALIASED = catalog_file(modelAliases={"a": {"provider": "openai", "model": "gpt-99"}})
WRONG: list[tuple[tuple[str | int, ...], Any, str]] = [
    ((), [], "an object"),
    ((), None, "an object"),
    (("formatVersion",), 2, "formatVersion 1"),
    (("formatVersion",), True, "formatVersion 1"),
    (("formatVersion",), "1", "formatVersion 1"),
    (("gateway",), "old", "legacy or current"),
    (("gateway",), 1, "text"),
    (("asOf",), "2026-13-01", "YYYY-MM-DD"),
    (("asOf",), "20261001", "YYYY-MM-DD"),
    (("asOf",), 20261001, "text"),
    (("source",), "", "1 to 255"),
    (("source",), "two\nlines", "printable"),
    (("source",), "\ud800", "printable"),
    (("providers",), {}, "a list"),
    (PROVIDER, "openai", "an object"),
    ((*PROVIDER, "id"), "open ai", "no colon, slash or space"),
    ((*PROVIDER, "id"), "a:b", "no colon, slash or space"),
    ((*PROVIDER, "id"), " openai", "spaces around"),
    ((*PROVIDER, "id"), "x" * 256, "1 to 255"),
    ((*PROVIDER, "keyRequired"), "no", "true or false"),
    ((*PROVIDER, "keyRequired"), None, "true or false"),
    ((*PROVIDER, "baseUrl"), "http://api.openai.com", "https URL"),
    ((*PROVIDER, "baseUrl"), f"https://user:{PLANTED}@api.openai.com", "without credentials"),
    ((*PROVIDER, "baseUrl"), "https://[", "https URL"),
    ((*PROVIDER, "baseUrl"), 3, "text"),
    ((*PROVIDER, "aliases"), "open-ai", "a list"),
    ((*PROVIDER, "author"), [], "text"),
    ((*PROVIDER, "models"), None, "a list"),
    (MODEL, 1, "an object"),
    ((*MODEL, "id"), "", "1 to 255"),
    ((*MODEL, "id"), "openai/", "both sides of a slash"),
    ((*MODEL, "contextWindow"), 0, "whole number from 1"),
    ((*MODEL, "contextWindow"), -1, "whole number from 1"),
    ((*MODEL, "contextWindow"), 1.5, "whole number from 1"),
    ((*MODEL, "contextWindow"), 2**53 + 1, "whole number from 1"),
    ((*MODEL, "contextWindow"), True, "found true"),
    ((*MODEL, "contextWindow"), "128000", "found text"),
    ((*MODEL, "maxOutputTokens"), [], "found a list"),
    ((*MODEL, "inputModalities"), "text", "a list"),
    ((*MODEL, "inputModalities"), ["text", 1], "text"),
    ((*MODEL, "inputModalities"), ["text", "text"], "twice"),
    ((*MODEL, "outputModalities"), {}, "found an object"),
    ((*MODEL, "displayName"), 4, "text"),
    ((*MODEL, "prices"), [], "an object"),
    ((*MODEL, "prices", "text.input"), -0.1, "from 0"),
    ((*MODEL, "prices", "text.input"), 10**20, "from 0"),
    ((*MODEL, "prices", "text.input"), "2.5", "found text"),
    ((*MODEL, "prices", "text.input"), None, "found null"),
    ((*MODEL, "prices", "text input"), 1, "price type"),
    (("reservedProviderIds",), {}, "a list"),
    (("reservedProviderIds",), [None], "found null"),
    (("modelAliases",), [], "an object"),
    (("modelAliases", "a"), "gpt-99", "an object"),
    (("modelAliases", "a", "provider"), "anthropic", "no provider"),
    (("modelAliases", "a", "provider"), 1, "text"),
    (("modelAliases", "a", "model"), None, "found null"),
    (("modelAliases", "A"), {"provider": "openai", "model": "other"}, "two models"),
]


@pytest.mark.parametrize("path, value, expected", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_without_the_value(
    tmp_path: Path, path: tuple[str | int, ...], value: Any, expected: str
) -> None:
    content = changed(ALIASED, (*MODEL, "prices"), {"text.input": 1}) if "prices" in path[:-1] else ALIASED
    error = refusal(tmp_path, changed(content, path, value))
    assert pointer(path) in error.message
    assert expected in error.message
    assert PLANTED not in f"{error.message}{error.remedy}"


@pytest.mark.parametrize("path", [(), PROVIDER, MODEL, ("modelAliases", "a")], ids=pointer)
def test_a_member_that_does_not_exist_is_refused(tmp_path: Path, path: tuple[str | int, ...]) -> None:
    error = refusal(tmp_path, changed(ALIASED, (*path, "contextwindow"), 1))
    assert f"{pointer((*path, 'contextwindow'))}: unknown member; there are " in error.message


@pytest.mark.parametrize(
    "second, expected",
    [
        ({"id": "OpenAI"}, "/providers/1: two providers are called OpenAI"),
        ({"id": "other", "aliases": ["openai"]}, "/providers/1: two providers are called openai"),
    ],
)
def test_two_providers_of_one_name_are_refused(tmp_path: Path, second: dict[str, Any], expected: str) -> None:
    content = catalog_file()
    content["providers"].append({"keyRequired": True, "models": [], **second})
    assert expected in refusal(tmp_path, content).message


def test_two_models_of_one_name_at_one_provider_are_refused(tmp_path: Path) -> None:
    content = changed(catalog_file(), (*PROVIDER, "models", 1, "id"), "GPT-99")
    assert "/providers/0/models/1: the provider has two models GPT-99" in refusal(tmp_path, content).message


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"", "line 1, column 1"),
        (b"{\n 1}", "line 2, column 2"),
        (b"formatVersion: 1\n", "not JSON"),
        (b'{"formatVersion": NaN}', "NaN is not JSON"),
        (b'{"formatVersion": -Infinity}', "Infinity is not JSON"),
        (b'{"asOf": 1, "asOf": 2}', "asOf stands twice"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"9" * 5_000, "a number of 5000 digits"),
        (b'{"source": "\xff"}', "not UTF-8: byte 12"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
    ],
)
def test_what_is_not_json_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    assert expected in refusal(tmp_path, content).message


def test_a_number_beyond_floats_is_refused(tmp_path: Path) -> None:
    text = json.dumps(changed(catalog_file(), (*MODEL, "prices"), {"text.input": 0.125}))
    assert "from 0" in refusal(tmp_path, text.replace("0.125", "1e999").encode()).message


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SIZE_LIMIT", 1024 * 1024)
    assert "larger than 1 MiB" in refusal(tmp_path, b" " * (1024 * 1024 + 1)).message


def test_a_long_place_is_shortened_and_harmless(tmp_path: Path) -> None:
    error = refusal(tmp_path, changed(ALIASED, ("modelAliases", "\x1b[31m" + "x" * 10_000), 1))
    assert len(error.message) < 1_000
    assert error.message.isprintable()


@pytest.mark.parametrize(
    "name, expected", [("nowhere.json", "no such file"), (".", "is a directory"), ("a\0b", "is no path")]
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as caught:
        read_catalog(tmp_path / name)
    assert "`live`" in caught.value.remedy


@given(content=JSON_VALUES)
def test_no_json_does_worse_than_a_refusal(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    refusal(tmp_path_factory.mktemp("any"), content)


@given(st.data())
def test_no_change_of_a_file_does_worse_than_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(places(ALIASED)))
    file = write(tmp_path_factory.mktemp("changed"), changed(ALIASED, path, data.draw(JSON_VALUES)))
    try:
        read = read_catalog(file)
    except UsageError as error:
        assert str(file) in error.message  # noqa: PT017 -- either outcome is good, each has its own condition
    else:
        assert read.gateway in {"legacy", "current"}


def test_names_are_found_without_regard_to_case_and_author(tmp_path: Path) -> None:
    ids = ["acme/one", "acme/two", "other/two", "Two-of-none", "three/parts/here"]
    provider = {
        "id": "P",
        "aliases": ["Alias"],
        "keyRequired": True,
        "author": "house",
        "models": [{"id": name} for name in ids],
    }
    read = read_catalog(write(tmp_path, catalog_file(providers=[provider], reservedProviderIds=["Kept"])))

    def found(name: str) -> str | None:
        model = read.model("p", name)
        return model.id if model else None

    assert read.provider("ALIAS") == read.provider("p") == read.providers[0]
    assert found("ACME/One") == found("one") == "acme/one"
    assert found("two") is None
    assert found("other/TWO") == "other/two"
    assert found("two-of-none") == found("house/two-of-none") == "Two-of-none"
    assert found("parts/here") == "three/parts/here"
    assert found("here") is None
    assert [read.is_reserved(name) for name in ("p", "kept", "KEPT", "alias")] == [True, True, True, False]


def test_an_exact_id_wins_over_anothers_without_its_author(tmp_path: Path) -> None:
    for ids in (["acme/one", "one"], ["one", "acme/one"]):
        provider = {"id": "p", "keyRequired": True, "models": [{"id": name} for name in ids]}
        read = read_catalog(write(tmp_path, catalog_file(providers=[provider])))
        found = read.model("p", "one")
        assert found is not None
        assert found.id == "one"


def test_a_catalogue_takes_the_place_of_the_shipped_one_of_its_gateway(tmp_path: Path) -> None:
    current = read_catalog(write(tmp_path, catalog_file()))
    legacy = read_catalog(write(tmp_path, catalog_file(gateway="legacy")))
    assert catalogs_with([]).legacy is bundled().legacy
    assert catalogs_with([]).current is bundled().current
    assert catalogs_with([current]).current is current
    assert catalogs_with([current]).legacy is bundled().legacy
    assert catalogs_with([legacy]).current is bundled().current
    for both in (catalogs_with([current, legacy]), catalogs_with([legacy, current])):
        assert both.legacy is legacy
        assert both.current is current
    with pytest.raises(UsageError, match="two catalogues of the legacy gateway"):
        catalogs_with([legacy, legacy])


def test_the_documented_example_is_read(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "catalog.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    read = read_catalog(write(tmp_path, example.encode()))
    assert read.alias("gpt-4o-2024-11-20") == ("openai", "gpt-4o")
    documented = set(re.findall(r"`(\w+)`", page))
    assert documented >= {*load._ROOT, *load._PROVIDER, *load._MODEL, *load._ALIAS}


def test_what_ships_says_what_is_unknown() -> None:
    for catalog in (bundled().legacy, bundled().current):
        models = [model for provider in catalog.providers for model in provider.models]
        assert all(model.prices is None and model.output_modalities is None for model in models)
    assert [bundled().legacy.gateway, bundled().current.gateway] == ["legacy", "current"]


def test_catalogues_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(bundled()))  # noqa: S301 -- made on this line
    assert again.legacy == bundled().legacy
    assert again.current == bundled().current
    assert again.current.model("groq", "gpt-oss-20b") == bundled().current.model("groq", "gpt-oss-20b")


@pytest.mark.parametrize("gateway", ["legacy", "current"])
def test_what_ships_is_what_the_public_pages_said(shared: Path, gateway: str) -> None:
    facts = json.loads((shared / "catalog" / f"{gateway}.json").read_text(encoding="utf-8"))
    catalog: Catalog = getattr(bundled(), gateway)
    assert catalog.as_of == facts["as_of"]
    assert [
        {
            "id": provider.id,
            "base_url": provider.base_url,
            "key_required": provider.key_required,
            "models": [
                {
                    "id": model.id,
                    "display_name": model.display_name,
                    "max_context_window": model.context_window,
                    "max_output_tokens": model.max_output_tokens,
                    "input_modalities": list(model.input_modalities) if model.input_modalities else None,
                }
                for model in provider.models
            ],
        }
        for provider in catalog.providers
    ] == [
        {
            "id": entry["id"],
            "base_url": entry.get("base_url"),
            "key_required": entry["key_required"],
            "models": entry["models"],
        }
        for entry in facts["providers"]
    ]
    assert catalog.reserved == set(facts.get("also_reserved", {}).get("ids", []))
    for alias, stated in facts.get("model_aliases", {}).items():
        found = catalog.alias(alias)
        assert found is not None
        assert found[1].rpartition("/")[2] == stated["target"]
    for name, aliases in facts.get("provider_aliases", {}).items():
        owner = catalog.provider(name)
        assert owner is not None
        assert all(catalog.provider(alias) == owner for alias in aliases)
