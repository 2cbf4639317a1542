"""What becomes of every field of the retired configuration: the table of the documentation.

Source of the fields: the last published configuration schema of the action. Tests hold each row
against what converting a minimal policy with that field does.
"""

from __future__ import annotations

from msgspec import Struct

from migrator.policy.coverage import Outcome

CONVERTED, APPROXIMATED = Outcome.CONVERTED, Outcome.APPROXIMATED
UNSUPPORTED, NO_EFFECT = Outcome.UNSUPPORTED, Outcome.NO_EFFECT


class FieldKind(Struct, frozen=True):
    """One field: its path below ``config``, the outcomes it can have, the findings it can lead to, and why."""

    path: str
    outcomes: tuple[Outcome, ...]
    codes: tuple[str, ...]
    words: str


FIELDS: tuple[FieldKind, ...] = (
    FieldKind(
        "max_input_tokens",
        (CONVERTED, UNSUPPORTED),
        ("T502", "M001"),
        "account setting `maxInputTokens`, if all policies agree",
    ),
    FieldKind(
        "max_output_tokens",
        (CONVERTED, UNSUPPORTED),
        ("T502", "M001"),
        "account setting `maxOutputTokens`, if all policies agree",
    ),
    FieldKind(
        "total_timeout",
        (CONVERTED, UNSUPPORTED),
        ("T502", "M001"),
        "account setting `totalTimeout`, if all policies agree",
    ),
    FieldKind(
        "per_request_timeout",
        (CONVERTED, UNSUPPORTED),
        ("T502", "M001"),
        "account setting `perRequestTimeout`, if all policies agree",
    ),
    FieldKind("headers", (UNSUPPORTED,), ("T401", "T402"), "lost; an authentication header is an error"),
    FieldKind(
        "query_params",
        (CONVERTED, APPROXIMATED, UNSUPPORTED),
        ("T403", "T404", "T405"),
        "constant and harmless ones move into the base URL of custom providers",
    ),
    FieldKind("body", (UNSUPPORTED,), ("T406",), "lost; clients send it themselves"),
    FieldKind(
        "on_error",
        (CONVERTED, UNSUPPORTED),
        ("T501",),
        "`halt` is how the new gateway works; `continue` has no counterpart",
    ),
    FieldKind(
        "only_allow_configured_providers", (CONVERTED, NO_EFFECT), ("T117",), "`access.providers.allow`"
    ),
    FieldKind(
        "only_allow_configured_models",
        (CONVERTED, NO_EFFECT),
        ("T117", "T309"),
        "`access.models.allow` and `access.providers.allow`",
    ),
    FieldKind(
        "model_selection.strategy",
        (CONVERTED, APPROXIMATED, UNSUPPORTED),
        ("T201", "T203", "T204", "T205", "T206", "T207", "T208", "T209", "T210", "T211"),
        "evaluated: what the strategies keep is the access scope; order and live choice are lost",
    ),
    FieldKind(
        "api_key_selection.strategy",
        (CONVERTED, UNSUPPORTED),
        ("T202", "T207"),
        "keys are tried in order, which is what `ai.keys` did",
    ),
    FieldKind(
        "providers[].id",
        (CONVERTED, APPROXIMATED, UNSUPPORTED),
        ("T101", "T102", "T118", "M002"),
        "the built-in provider, or a custom one of that id",
    ),
    FieldKind(
        "providers[].id_aliases", (UNSUPPORTED,), ("T105",), "no alternate ids exist; clients use the id"
    ),
    FieldKind(
        "providers[].base_url",
        (CONVERTED, UNSUPPORTED),
        ("T102", "T103", "T104"),
        "`baseUrl` of a custom provider",
    ),
    FieldKind("providers[].display_name", (CONVERTED, NO_EFFECT), ("T110",), "`name` of a custom provider"),
    FieldKind("providers[].description", (NO_EFFECT,), ("T110",), "no place for it"),
    FieldKind("providers[].website", (NO_EFFECT,), ("T110",), "no place for it"),
    FieldKind(
        "providers[].disabled",
        (CONVERTED, NO_EFFECT),
        ("T107", "T108"),
        "left out; a built-in one by listing all others",
    ),
    FieldKind(
        "providers[].metadata",
        (CONVERTED, NO_EFFECT),
        ("T110", "M005"),
        "`metadata` of a custom provider, beside the mark",
    ),
    FieldKind(
        "providers[].api_keys[].value",
        (CONVERTED, UNSUPPORTED),
        ("T304", "T307", "T308", "P018", "R011"),
        "a provider key, in the order of the user step",
    ),
    FieldKind(
        "providers[].models[].id",
        (CONVERTED, APPROXIMATED, NO_EFFECT),
        ("T111", "T112", "T113", "T114", "T119"),
        "a model entry of a custom provider; an allow-list entry",
    ),
    FieldKind(
        "providers[].models[].id_aliases",
        (CONVERTED, UNSUPPORTED),
        ("T106", "T116"),
        "a further model entry of a custom provider; of a built-in one a task for a virtual model",
    ),
    FieldKind(
        "providers[].models[].author_id",
        (CONVERTED, NO_EFFECT),
        (),
        "the author in the allow-list entry of a built-in provider's model",
    ),
    FieldKind(
        "providers[].models[].disabled", (CONVERTED, NO_EFFECT), ("T108",), "left out by listing all others"
    ),
    FieldKind("providers[].models[].display_name", (NO_EFFECT,), ("T110",), "no place for it"),
    FieldKind("providers[].models[].description", (NO_EFFECT,), ("T110",), "no place for it"),
    FieldKind("providers[].models[].metadata", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind("providers[].models[].input_modalities", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind("providers[].models[].output_modalities", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind("providers[].models[].max_context_window", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind("providers[].models[].max_output_tokens", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind("providers[].models[].supported_features", (NO_EFFECT,), ("T110",), "only strategies read it"),
    FieldKind(
        "providers[].models[].unsupported_params",
        (CONVERTED, UNSUPPORTED),
        ("T115",),
        "`unsupportedParams` of a custom provider's model",
    ),
    FieldKind(
        "providers[].supported_api_surfaces",
        (CONVERTED, UNSUPPORTED),
        ("T115",),
        "`supportedApiSurfaces` of a custom provider",
    ),
    FieldKind("providers[].supported_api_surfaces[].format", (CONVERTED, UNSUPPORTED), ("T115",), "`format`"),
    FieldKind(
        "providers[].supported_api_surfaces[].surface", (CONVERTED, UNSUPPORTED), ("T115",), "`surface`"
    ),
    FieldKind(
        "providers[].supported_api_surfaces[].supported_params",
        (CONVERTED, UNSUPPORTED),
        ("T115",),
        "`supportedParams`",
    ),
)
