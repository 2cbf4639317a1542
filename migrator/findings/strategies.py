"""Findings about selection strategies and about the names that clients send."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class StrategyNotEvaluated(Finding):
    """A selection strategy cannot be evaluated.

    Why: it is no expression, or nothing of it could be decided. What it would have kept is unknown, so it
    restricts nothing, and models that it kept out may be reachable now.

    Example::

        model_selection:
          strategy:
            - cheapest
        providers:
          - id: anthropic
          - id: openai

    Result: access keys reach all models of both providers. What was meant here is
    `ai.models.sortBy('price')`.

    What to do: decide which models it meant and list exactly these below `access.models.allow`.
    `migrator cel parse` and `migrator cel eval` show how an expression is read.
    """

    code = "T201"
    level = Severity.ERROR
    effect = Effect.WIDER
    expression: str
    reason: str
    message = "selection strategy not evaluated, {reason}: {expression}"
    remedy = "List the models it meant in the configuration's access scope; have clients send model and models in order."


@finding
class KeySelectionLost(Finding):
    """Keys are no longer chosen per request.

    Why: the new routing rules try provider keys in their order. Quotas and error rates are not
    consulted.

    Example::

        api_key_selection:
          strategy:
            - ai.keys.filter(k, k.quota.remaining_requests > 100)
        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}
              - value: ${secrets.get('openai', 'backup')}

    Result: one user step that tries `openai-primary`, then `openai-backup`.
    """

    code = "T202"
    level = Severity.WARNING
    effect = Effect.REORDERED
    expression: str
    reason: str
    message = "keys are tried in order, not chosen by {expression} ({reason})"
    remedy = "Put the keys into the order you prefer."


@finding
class StrategyDecided(Finding):
    """A selection strategy was evaluated.

    Why: it reads only what is known of models: names, providers, authors, metadata, modalities, limits.
    So it is certain which models it keeps, and the access scope can say so.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.provider_id == 'anthropic')
        providers:
          - id: anthropic
          - id: openai

    Result: access keys reach Anthropic alone::

        {"access": {"providers": {"allow": ["anthropic"]}}}
    """

    code = "T203"
    level = Severity.NOTE
    expression: str
    kept: int
    total: int
    message = "strategy {expression} keeps {kept} of {total} models"
    remedy = "Nothing to do. `migrator cel eval --policy FILE` lists them."


@finding
class StrategyNeedsLiveData(Finding):
    """A selection strategy depends on what only the running gateway knew.

    Why: metrics, prices, datacentres, features and chance are not public. The access scope allows all
    models that the strategy may have kept: its static bound. Which of them it kept at any moment is lost.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.provider_id == 'anthropic' && m.metrics.global.error_rate.total < 0.05)
        providers:
          - id: anthropic
          - id: openai

    Result: access keys reach all of Anthropic; that the models had few errors is no longer asked::

        {"access": {"providers": {"allow": ["anthropic"]}}}

    What to do: if the bound is too wide, list fewer models in the configuration's access scope.
    """

    code = "T204"
    level = Severity.WARNING
    effect = Effect.WIDER
    expression: str
    residual: str
    needs: str
    certain: int
    possible: int
    total: int
    bound: str
    message = (
        "strategy {expression} keeps {certain} of {total} models certainly and {possible} possibly; "
        "left to decide: {residual} (needs {needs}); static bound: {bound}"
    )
    remedy = "Clients choose among these models now; narrow the access scope if that is too wide."


@finding
class StrategiesRead(Finding):
    """Several strategies: it is assumed when each of them counts.

    Why: ngrok's pages disagree whether the first strategy that returns a model is judged against the
    request or on its own. In the first reading a model that a client names is allowed by any strategy
    (*union*); in the second only the first productive strategy counts (*first*). Union is the likelier
    reading, and the wider one.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.provider_id == 'anthropic')
            - ai.models.filter(m, m.provider_id == 'openai')
        providers:
          - id: anthropic
          - id: openai
          - id: google

    Result: access keys reach Anthropic and OpenAI; with the decision ``strategies: first`` Anthropic
    alone.
    """

    code = "T205"
    level = Severity.NOTE
    effect = Effect.WIDER
    count: int
    reading: str
    message = "{count} strategies, read as {reading}: a model that a client names is allowed by {words}"
    remedy = "Decide `strategies` if only the first productive strategy is to count."
    settled = "Nothing to do."

    @property
    def facts(self) -> dict[str, object]:
        words = "any of them" if self.reading == "union" else "the first that keeps anything"
        return super().facts | {"words": words}


@finding
class StrategyOrderLost(Finding):
    """The order in which a strategy tried models is lost.

    Why: the new gateway tries models in the order of the request: `model`, then `models`.

    Example::

        model_selection:
          strategy:
            - ai.models.sortBy('price')
        providers:
          - id: openai

    Result: nothing sorts by price any more.

    What to do: have clients send the models in the order you want.
    """

    code = "T206"
    level = Severity.WARNING
    effect = Effect.REORDERED
    order: str
    message = "models are no longer ordered by {order}; the request's own order counts"
    remedy = "Have clients send `model` and `models` in the order you want."


@finding
class StrategyNameUnknown(Finding):
    """A strategy uses a name that never existed.

    Why: no published page has this function, field or variable. Nothing can be decided from it, so it
    counts as unknown.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, 'vision' in m.capabilities)
        providers:
          - id: openai

    Result: nothing is kept out by this condition. The field that exists is `supported_features`.
    """

    code = "T207"
    level = Severity.WARNING
    effect = Effect.WIDER
    kind: str
    name: str
    hint: str
    message = "there is no {kind} {name}{hint}"
    remedy = "Correct the strategy to see what it decides, or restrict the access scope by hand."


@finding
class StrategyKeepsNothing(Finding):
    """A selection strategy keeps no model.

    Why: none of the models that the policy could choose from meets its condition, or it has no usable
    result. It never counted, and does not now.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.provider_id == 'opnai')
            - ai.models
        providers:
          - id: openai

    Result: only `ai.models` counts.
    """

    code = "T208"
    level = Severity.WARNING
    expression: str
    reason: str
    message = "strategy {expression} keeps no model: {reason}"
    remedy = "Check its spelling; delete it if it is not needed."


@finding
class AutomaticChoiceMoves(Finding):
    """Clients that let the policy choose must name models now.

    Why: for `ngrok/auto`, or a request without a model, the strategy chose. `ngrok/auto` exists again, but
    it makes a choice of its own: the cheapest model that fits.

    Example::

        model_selection:
          strategy:
            - ai.models.only(['gpt-4o', 'gpt-4o-mini'])
        providers:
          - id: openai

    Result: what such clients send instead stands in the report, in the manifest's comments, and as
    `clientAdvice` of the unit in the JSON.
    """

    code = "T209"
    level = Severity.WARNING
    effect = Effect.MANUAL
    request: str
    basis: str
    message = "clients that sent ngrok/auto or no model send {request} now ({basis})"
    remedy = "Change the request body of those clients."


@finding
class ScopeFromStrategies(Finding):
    """The access scope lists the models that strategies keep.

    Why: the new access scope has allow lists only, and no expressions. Models that appear later, and
    names that no catalogue knows, are denied even where the strategy would keep them.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.id.startsWith('gpt-4o'))
        providers:
          - id: openai

    Result: the models of that name, one by one::

        {"access": {"models": {"allow": ["openai:openai/gpt-4o", "openai:openai/gpt-4o-mini"]}}}
    """

    code = "T210"
    level = Severity.WARNING
    effect = Effect.NARROWER
    dimension: str
    count: int
    as_of: str
    message = (
        "strategies became a list of {count} {dimension}, from the catalogue of {as_of}; others are denied"
    )
    remedy = "Add new {dimension} to the configuration's access scope as you need them."


@finding
class KeptModelsRetired(Finding):
    """Models that strategies kept no longer exist.

    Why: the new catalogue does not have them. Requests that name one are answered with MODEL_GONE, or by
    the provider.

    Example::

        model_selection:
          strategy:
            - ai.models.filter(m, m.id.startsWith('gemini-2.0'))
        providers:
          - id: google

    Result: they are not in the access scope. The unit's `clientAdvice` lists them as `retired`.
    """

    code = "T211"
    level = Severity.WARNING
    effect = Effect.NARROWER
    models: str
    as_of: str
    message = "models that strategies kept are not in the catalogue of {as_of}: {models}"
    remedy = "Have clients use another model."


@finding
class OldNamesStop(Finding):
    """Alternate names of models and providers stop working.

    Why: the old gateway resolved alternate names: its own tables of model and provider aliases, and those
    of the policy. The new one resolves none.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: clients that send `gpt-4o-2024-08-06` send `openai:gpt-4o`. The unit's `clientAdvice` lists every
    name as `renames`.
    """

    code = "T122"
    level = Severity.NOTE
    effect = Effect.NARROWER
    count: int
    examples: str
    message = "{count} alternate names stop working, such as {examples}"
    remedy = "Search your clients for the names in `clientAdvice.renames` of the JSON report."


@finding
class ModelsRetired(Finding):
    """Models of the old catalogue no longer exist.

    Why: the new catalogue does not have them. Requests that name one are answered with MODEL_GONE.

    Example::

        providers:
          - id: google
            api_keys:
              - value: ${secrets.get('google', 'primary')}

    Result: `google:gemini-2.0-flash` ends in an error. The unit's `clientAdvice` lists such names as `retired`.
    """

    code = "T123"
    level = Severity.NOTE
    effect = Effect.NARROWER
    count: int
    examples: str
    as_of: str
    message = "{count} names of models are not in the catalogue of {as_of}, such as {examples}"
    remedy = "Have clients that send one of `clientAdvice.retired` use another model."
