"""What each function of a selection strategy keeps, of ten models of which not all is known."""

from __future__ import annotations

import pickle

import pytest

from migrator.cel import parse
from migrator.cel.possible import Item, Listing, Order, Record
from migrator.cel.strategy import Selection, collections, select
from tests.cel.test_strategy_docs import (
    ALL,
    ANTHROPIC,
    GOOGLE,
    MODELS,
    OLLAMA,
    OPENAI,
    PROVIDERS,
    UNIVERSE,
    names,
)

NOT_O3 = ALL.replace(" o3", "")


def selected(text: str, *, element: str = "model", trace: bool = False) -> Selection:
    return select(parse(text), UNIVERSE, element=element, trace=trace, text=text)


def certain(selection: Selection) -> str:
    return " ".join(names()[record] for record in selection.certain)


def possible(selection: Selection) -> str:
    return " ".join(names()[one.record] for one in selection.kept if not one.certain)


KEPT = [
    # only, ignore
    ("ai.models.only(['gpt-4o', 'llama3'])", "gpt-4o llama3", ""),
    ("ai.models.only(['gpt4'])", "gpt-4o", ""),  # an alias
    ("ai.models.only(['GPT-4o'])", "", "gpt-4o"),  # in another case
    ("ai.models.only(['openai:gpt-4o'])", "", "gpt-4o"),  # with its provider
    ("ai.models.only(['openai/gpt4'])", "", "gpt-4o"),
    ("ai.models.only(['oai:gpt-4o'])", "", "gpt-4o"),
    ("ai.models.only(['google:gpt-4o'])", "", ""),
    ("ai.models.only(['gpt'])", "", ""),
    ("ai.models.only([])", "", ""),
    ("ai.models.only('gpt-4o')", "", "gpt-4o"),  # a text in place of a list may be refused
    ("ai.models.only(['gpt-4o', req.headers['x'][0]])", "", ALL),
    ("ai.models.only(vars.allowed)", "", ALL),
    ("ai.models.only(['gpt-4o', 'a' + string(1)])", "gpt-4o", ""),
    ("ai.models.only(vars.x == 1 ? ['o3'] : ['o3', 'qwen'])", "", "o3 qwen"),
    ("ai.models.only(['o3', vars.x == 1 ? 'qwen' : 'llama3'])", "", ALL),
    (
        "ai.models.ignore(['gpt-4o', 'llama3', 'qwen'])",
        f"gpt-4o-mini gpt-3.5-turbo o3 {ANTHROPIC} {GOOGLE}",
        "",
    ),
    ("ai.models.ignore(['GPT4'])", f"gpt-4o-mini gpt-3.5-turbo o3 {ANTHROPIC} {GOOGLE} {OLLAMA}", "gpt-4o"),
    ("ai.models.ignore([])", ALL, ""),
    # Providers and authors
    ("ai.models.onlyProviders(['openai', 'google'])", f"{OPENAI} {GOOGLE}", ""),
    ("ai.models.onlyProviders(['oai'])", OPENAI, ""),
    ("ai.models.onlyProviders(['Google'])", "", GOOGLE),
    ("ai.models.onlyProviders(['mistral'])", "", ""),
    ("ai.models.ignoreProviders(['gemini', 'ollama', 'anthropic'])", OPENAI, ""),
    ("ai.models.ignoreProviders(['OPENAI'])", f"{ANTHROPIC} {GOOGLE} {OLLAMA}", OPENAI),
    ("ai.models.onlyAuthors(['openai'])", "gpt-4o gpt-4o-mini gpt-3.5-turbo", "o3 qwen"),
    ("ai.models.onlyAuthors(['Meta'])", "", "o3 llama3 qwen"),
    (
        "ai.models.ignoreAuthors(['google', 'meta'])",
        f"gpt-4o gpt-4o-mini gpt-3.5-turbo {ANTHROPIC}",
        "o3 qwen",
    ),
    # Places
    ("ai.models.inRegion('us-east-1')", "", ALL),
    ("ai.models.inCountryCode('DE')", "", ALL),
    ("ai.models.inRegion(vars.region)", "", ALL),
    # Prices
    (
        "ai.models.underCost('text.input', 1.0)",
        "gpt-4o-mini gpt-3.5-turbo gemini-flash",
        f"o3 claude-haiku gemini-old {OLLAMA}",
    ),
    (
        "ai.models.underCost('text.input', 3)",
        "gpt-4o gpt-4o-mini gpt-3.5-turbo gemini-flash",
        f"o3 claude-haiku gemini-old {OLLAMA}",
    ),
    ("ai.models.underCost('text.output', 1)", "", ALL),
    ("ai.models.underCost('tools.file_search.per_storage_gb', 1)", "", ALL),
    ("ai.models.underCost('text.input', vars.limit)", "", ALL),
    ("ai.models.underCost('input', 1)", "", ALL),  # no such type of price
    # Order and choice
    ("ai.models.onlyProviders(['google']).randomize()", GOOGLE, ""),
    ("ai.models.onlyProviders(['anthropic']).random()", "", ANTHROPIC),
    ("ai.models.only(['o3']).random()", "o3", ""),
    ("ai.models.only([]).random()", "", ""),
    ("ai.models.filter(m, m.id == 'o3' && m.known).random()", "", "o3"),
    ("ai.models.onlyProviders(['google'])[0]", "", GOOGLE),
    ("ai.models.onlyProviders(['google'])[1]", "", GOOGLE),
    ("ai.models.only(['gpt-4o', 'gpt-4o-mini']).sortBy('price')[0]", "gpt-4o-mini", ""),
    (
        "ai.models.filter(m, m.pricing.input < 1).sortBy('price')[0]",
        "",
        f"gemini-flash gpt-4o-mini gpt-3.5-turbo o3 claude-haiku gemini-old {OLLAMA}",
    ),
    ("ai.models.only(['gpt-4o', 'qwen']).sortBy(m, -m.max_context_window)[0]", "", "gpt-4o qwen"),
    (
        "ai.models.only(['gpt-4o', 'qwen']).filter(m, m.metrics.region.request_count > 1).sortBy(m, m.id)[0]",
        "",
        "gpt-4o qwen",
    ),
    ("ai.models.sortBy('latency')", "", ALL),  # may be refused
    ("ai.models.sortBy(vars.field)", "", ALL),
    # Look-ups
    ("ai.models.get('openai', 'gpt-4o')", "gpt-4o", ""),
    ("ai.models.get('oai', 'gpt4')", "gpt-4o", ""),
    ("ai.models.get('OpenAI', 'gpt-4o')", "", "gpt-4o"),
    ("ai.models.get('anthropic', 'gpt-4o')", "", ""),
    ("ai.models.get('openai', 'gpt-9')", "", ""),
    ("ai.models.get('gpt-4o')", "", "gpt-4o"),  # not a documented form
    ("ai.models.get(vars.provider, 'gpt-4o')", "", ALL),
    ("ai.models.filter(m, m.known).get('openai', 'o3')", "", "o3"),
    ("ai.providers.get('openai').getModel('gpt-4o')", "gpt-4o", ""),
    ("ai.providers.get('gemini').getModel('gemini-old')", "gemini-old", ""),
    ("ai.providers.get('openai').getModel('gemini-old')", "", ""),
    ("ai.providers.get('openai').getModel('GPT4')", "", "gpt-4o"),
    ("ai.providers.random().getModel('gpt-4o')", "", "gpt-4o"),
    ("[ai.models.get('openai', 'o3'), ai.models.get('ollama', 'qwen')]", "o3 qwen", ""),
    ("ai.models.filter(m, m.getMetadata('tier') == 'premium')", "qwen", ""),
    ("ai.models.filter(m, m.getMetadata('tier') != 'premium')", "llama3", f"{OPENAI} {ANTHROPIC} {GOOGLE}"),
    ("ai.models.filter(m, m.metadata.tier != 'premium')", "llama3", f"{OPENAI} {ANTHROPIC} {GOOGLE}"),
    ("ai.models.filter(m, has(m.metadata.tier))", OLLAMA, ""),
    ("ai.models.filter(m, m.metadata.tier in ['budget', 'premium'])", OLLAMA, ""),
    ("ai.models.filter(m, m.metadata.tier == null)", "", f"{OPENAI} {ANTHROPIC} {GOOGLE}"),
    # Providers, authors and keys in conditions
    ("ai.models.filter(m, ai.providers.exists(p, p.id == m.provider_id))", ALL, ""),
    ("ai.models.filter(m, ai.providers.get(m.provider_id).metadata.region == 'us-east')", OLLAMA, ""),
    (
        "ai.models.filter(m, ai.authors.exists(a, a.id == m.author_id))",
        f"gpt-4o gpt-4o-mini gpt-3.5-turbo {GOOGLE}",
        "o3 qwen",
    ),
    ("ai.models.filter(m, m.provider_id in ai.providers.map(p, p.id))", ALL, ""),
    ("ai.models.filter(m, ai.keys.size() > 1)", ALL, ""),
    ("ai.models.filter(m, ai.providers.only(['openai']).size() == 1)", ALL, ""),
    # Chains, sums and choices
    (
        "ai.models.onlyProviders(['openai']).ignore(['o3']).filter(m, m.pricing.input < 1)",
        "gpt-4o-mini gpt-3.5-turbo",
        "",
    ),
    ("ai.models.only(['o3']) + ai.models.filter(m, m.id == 'o3')", "o3", ""),
    ("ai.models.filter(m, m.known) + ai.models.only(['o3'])", ALL, ""),
    ("ai.models.only(['o3']) + [ai.models.get('ollama', 'qwen')]", "o3 qwen", ""),
    (
        "vars.x == 1 ? ai.models.only(['o3', 'qwen']) : ai.models.only(['qwen'])",
        "",
        "o3 qwen",
    ),  # vars.x may be none
    ("has(vars.x) ? ai.models.only(['o3']) : ai.models.only(['o3', 'qwen'])", "o3", "qwen"),
    (
        "ai.models.exists(m, m.metrics.global.request_count == 0) ? ai.models.only(['o3', 'qwen']) : ai.models.only(['qwen'])",
        "qwen",  # a metric may be null, but comparing null is no failure
        "o3",
    ),
    ("ai.models.size() > 5 ? ai.models.only(['o3']) : fastest", "o3", ""),
    ("(vars.x == 1 ? ai.models.only(['o3']) : []).random()", "", "o3"),
    ("ai.models.filter(m, m.known).size() > 8 ? ai.models.only(['o3']) : []", "o3", ""),
    ("ai.models.filter(m, m.known).size() > 9 ? ai.models.only(['o3']) : []", "", "o3"),
    (
        "ai.models.get('openai', 'GPT-4o') == null ? ai.models.only(['o3']) : ai.models.only(['qwen'])",
        "",
        "o3 qwen",
    ),
    (
        "[has(vars.x) ? ai.models.get('openai', 'o3') : ai.models.get('ollama', 'qwen')]",
        "",
        "o3 qwen",
    ),
    # Conditions of which not all has a value
    ("ai.models.filter(m, m.metadata.tier.size() > 0)", OLLAMA, ""),
    ("ai.models.filter(m, m.id > 3)", "", ""),
    ("ai.models.filter(m, m.id)", "", ""),
    ("ai.models.filter(m, 1 / 0 > 0 || m.id == 'o3')", "o3", ""),
    # What does not exist
    ("ai.models.filter(m, m.provider_id == 'openai' && m.capabilities.vision)", "", OPENAI),
    (
        "ai.models.filter(m, m.provider_id == 'openai' || m.capabilities.vision)",
        OPENAI,
        f"{ANTHROPIC} {GOOGLE} {OLLAMA}",
    ),
    ("fastest", "", ALL),
    ("ai.models.cheapest()", "", ALL),
    ("ai.model", "", ALL),
]


@pytest.mark.parametrize("text, sure, perhaps", KEPT)
def test_a_strategy_keeps(text: str, sure: str, perhaps: str) -> None:
    selection = selected(text)
    assert certain(selection) == sure
    assert possible(selection) == perhaps
    assert all(one.conditions or selection.undecided for one in selection.kept if not one.certain)


FAILED = [
    ("ai.models[10]", "the list has no element with that index"),
    ("ai.models.only([])[0]", "the list has no element with that index"),
    ("ai.models.get('openai', 'gpt-9')", "the result is null: there is no such model"),
    ("ai.providers", "the result is no list of models"),
    ("ai.models.map(m, m.id)", "the result is no list of models"),
    ("[ai.models]", "the result is no list of models"),
    ("ai.models.size()", "the result is neither a model nor a list of models"),
    ("'gpt-4o'", "the result is neither a model nor a list of models"),
    ("null", "the result is null: there is no such model"),
    ("ai.models.random(1)", "`random` does not take 1 arguments"),
    ("ai.models.only()", "`only` does not take 0 arguments"),
    ("ai.models.only([1])", "`only` takes a list of ids"),
    ("ai.models.only({})", "`only` takes a list of ids"),
    ("ai.models.only(1 / 0)", "a division by zero"),
    ("ai.models.inRegion(1)", "`inRegion` takes a code"),
    ("ai.models.underCost(1, 'text.input')", "`underCost` takes a type of price and a limit"),
    ("ai.models.sortBy(1)", "`sortBy` takes the name of a field, or a variable and a key"),
    ("ai.models.sortBy(m.id, m)", "`sortBy` takes the name of a field, or a variable and a key"),
    ("ai.models.get(1)", "`get` takes ids"),
    ("ai.models.get()", "`get` does not take 0 arguments"),
    ("ai.providers.get('openai').getModel(1)", "`getModel` takes an id"),
    ("ai.models.getModel('gpt-4o')", "`getModel` is not defined for a list"),
    ("ai.models.get('openai', 'o3').only(['o3'])", "`only` is not defined for a model"),
    ("'a'.random()", "`random` is not defined for a string"),
    ("'a'.sortBy(m, m)", "`sortBy` is not defined for a string"),
    ("1 / 0", "a division by zero"),
    ("ai.models.filter(m)", "`filter` takes the name of a variable, then an expression in which it stands"),
    (
        "false ? 1 : google.rpc.Status{}",
        "`google.rpc.Status{…}` (a message) is not part of Traffic Policy's CEL here",
    ),
]


@pytest.mark.parametrize("text, reason", FAILED)
def test_a_strategy_without_a_usable_result_fails(text: str, reason: str) -> None:
    selection = selected(text)
    assert selection.failure is not None
    assert selection.failure.reason == reason
    assert selection.kept == ()
    assert not selection.surely_yields


PERHAPS_FAILING = [
    "ai.models.filter(m, m.known)[9]",
    "ai.models.filter(m, m.metrics.global.request_count > 1)[0]",
    "ai.models.filter(m, m.metrics.global.request_count > 1).random()",
    "vars.x == 1 ? ai.models : 'none'",
    "vars.x == 1 ? ai.models : []",
    "has(vars.x) ? ai.models : 'none'",
    "[ai.models[0], vars.x]",
    "[vars.x == 1 ? ai.models[0] : ai.providers[0]]",
    "ai.models.only('gpt-4o')",
    "ai.models.sortBy('cost')",
    "ai.models.sortBy(m, m.metadata.tier)",  # some have none
    "ai.models.sortBy(m, m.id == 'o3' ? 1 : 'a')",
    "ai.models.sortBy(m, m.input_modalities)",
    "ai.models.get('openai', 'GPT-4o')",
    "ai.models.map(m, m.id == 'o3', m) + ai.models.map(m, 1 / 0 > m.pricing.input, m)",
]


@pytest.mark.parametrize("text", PERHAPS_FAILING)
def test_what_a_strategy_keeps_is_not_certain_if_it_may_have_no_result(text: str) -> None:
    selection = selected(text)
    if selection.failure is None:
        assert selection.fails
    assert selection.certain == ()
    assert not selection.surely_yields


def test_datacentres_that_are_known_decide() -> None:
    places = {
        "here": [{"region": "us-east-1", "country_code": "US"}, {"region": "eu-1", "country_code": "DE"}],
        "lower": [{"region": "us-east-1", "country_code": "us"}],
        "none": [],
        "odd": [{"region": 1}],
    }
    models = [Record("model", {"id": name, "datacenters": where}) for name, where in places.items()]
    selection = select(parse("ai.models.inCountryCode('US')"), collections(models))
    assert [record.facts["id"] for record in selection.certain] == ["here"]
    assert [record.facts["id"] for record in selection.possible] == ["here", "lower", "odd"]


def test_a_model_without_a_record_of_its_provider_has_what_it_says_itself() -> None:
    facts = {"id": "m", "provider_id": "p", "provider_id_aliases": ["q"]}
    models = [Record("model", facts), Record("model", {"id": "n"})]
    ai = collections(models, [Record("provider", {"id": "p"})])
    for text, sure, all_ in [
        ("ai.models.onlyProviders(['p'])", 1, 2),
        ("ai.models.onlyProviders(['q'])", 1, 2),
        ("ai.models.onlyProviders(['r'])", 0, 1),
        ("ai.models.only(['r:n'])", 0, 1),  # its provider may be r
        ("ai.models.only(['r:m'])", 0, 0),
        ("ai.providers.get('p').getModel('m')", 0, 1),
    ]:
        selection = select(parse(text), ai)
        assert (len(selection.certain), len(selection.possible)) == (sure, all_)


def test_a_nameless_model_may_have_any_name() -> None:
    passing = Record("model", {"provider_id": "openai", "known": False}, provider=PROVIDERS["openai"])
    ai = collections([*MODELS, passing], list(PROVIDERS.values()))
    for text in (
        "ai.models.only(['gpt-99'])",
        "ai.models.get('openai', 'gpt-99')",
        "ai.providers.get('openai').getModel('gpt-99')",
        "ai.models.filter(m, m.id == 'gpt-99')",
    ):
        selection = select(parse(text), ai)
        assert selection.possible == (passing,)
        assert selection.needs == {"id"}
    assert select(parse("ai.models.only(vars.allowed)"), ai).needs == {"vars.allowed", "id"}


def test_a_listing_of_two_certain_and_one_possible_element_keeps_all_three_states() -> None:
    first, second, third = MODELS[:3]
    ai = {"models": Listing((Item(first), Item(second), Item(third, certain=False)), Order(None, known=True))}
    selection = select(parse("ai.models"), ai)
    assert selection.certain == (first, second)
    assert selection.possible == (first, second, third)
    assert select(parse("ai.models.filter(m, m.id != 'gpt-4o')[0]"), ai).certain == (second,)
    assert select(parse("ai.models.size() > 1 ? ai.models : []"), ai).certain == (first, second)


def test_collections_that_are_not_given_are_unknown() -> None:
    selection = select(parse("ai.authors.size() > 1 ? ai.models : []"), {"models": UNIVERSE["models"]})
    assert selection.certain == ()
    assert selection.possible == tuple(MODELS)
    assert select(parse("ai.models"), {}).undecided


def test_a_selection_can_be_pickled() -> None:
    selection = selected("ai.models.filter(m, m.known).sortBy('price')", trace=True)
    again = pickle.loads(pickle.dumps(selection))  # noqa: S301 -- what was just written
    assert again.residuals == selection.residuals
    assert [one.record.facts for one in again.kept] == [one.record.facts for one in selection.kept]
