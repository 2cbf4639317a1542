"""Findings of comparing the old gateway with the new one, request by request."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class WiderThanBefore(Finding):
    """Something that was refused works now.

    Why: whoever holds the unit's access key can do what the old gateway refused everybody: reach another
    provider or model, or spend what nobody paid for. That is never done without consent.

    Example::

        on_http_request:
          - actions:
              - type: deny
              - type: ai-gateway
                config: {providers: [{id: openai, api_keys: [{value: "${secrets.get('openai', 'primary')}"}]}]}

    Result: with the decision `unreachable: convert` the access key opens what nobody could reach. The
    finding names the request, what it got before and what it gets now.

    What to do: narrow the configuration's access scope; or accept it, with a reason, below `decisions:` of
    migrator.yaml: `"accepted-wider:chat.example.com": {choose: accept, reason: closed by mistake, by: Ada}`.
    The report shows both.
    """

    code = "V001"
    level = Severity.ERROR
    effect = Effect.WIDER
    request: str
    before: str
    now: str
    told: str
    accepted: str
    message = "{request}: {before} before, {now} now{told}{accepted}"
    remedy = "Narrow the access scope, or accept it: answer the decision accepted-wider, with a reason."
    settled = "Nothing to do."


@finding
class NothingShowsIt(Finding):
    """A finding claims a difference that no request shows.

    Why: old and new gateway were compared for every model and name. None of the requests is answered as the
    finding says, so it is about something that nobody could reach anyway.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  providers:
                    - id: ollama
                      base_url: https://ollama.internal
                      api_keys: [{value: "${secrets.get('ollama', 'token')}"}]
                      models:
                        - id: llama3.2
                        - id: llama3.2:3b
                          id_aliases: [llama3.2]

    Result: T119 tells that the second name is left out. It led to the first model before, too.
    """

    code = "V002"
    level = Severity.NOTE
    claim: str
    claimed: str
    message = "no request shows that anything is {claimed}, as {claim} says"
    remedy = "Nothing to do."


@finding
class ToldByNothing(Finding):
    """Old and new differ in a way that no finding told.

    Why: the conversion and the comparison are written apart, and here they disagree. One of the two is wrong,
    so the run ends with exit status 2, whatever `--fail-on` says.

    Example::

        $ migrator convert policies/

    Result: everything is written all the same. The finding names the request, what it got before and what it
    gets now.

    What to do: look at the request before you use the unit's access keys, and report the policy to the authors
    of migrator.
    """

    code = "V003"
    level = Severity.ERROR
    effect = Effect.MANUAL
    difference: str
    message = "no finding told this difference, so migrator is mistaken: {difference}"
    remedy = "Check the request before the cut-over, and report it, with the policy if you can."


@finding
class NarrowerAccepted(Finding):
    """What a unit no longer can is accepted.

    Why: somebody answered `accepted-narrower` for the unit, with a reason. Its findings about something that
    worked and is refused now are notes, and `migrator verify --fail-on narrower` passes it.

    Example::

        # migrator.yaml
        decisions:
          "accepted-narrower:*": {choose: accept, reason: nobody uses the old names, by: Ada}

    Result: this note for each unit in which something got narrower, beside the findings that say what.

    What to do: nothing asks for this answer. Without it the findings keep their severities.
    """

    code = "V004"
    level = Severity.NOTE
    count: int
    why: str
    message = "what got narrower is accepted{why}; findings that are notes for it: {count}"
    remedy = "Nothing to do."


@finding
class NotCompared(Finding):
    """The process that compared a unit died.

    Why: with several processes (`--jobs`) one was killed while it compared this unit with what becomes of
    it, and again when it compared this unit alone. Most often memory ran out. The unit is converted, but
    nobody knows whether the result differs from the policy in a way that no finding tells.

    Example::

        $ migrator convert policies/ --jobs auto
        policies/chat.yaml:3:9  error V005  the process that compared this unit died, twice

    Result: the unit has no verdict, and the run does not count as a success.
    """

    code = "V005"
    level = Severity.ERROR
    message = "the process that compared this unit died, twice: it has no verdict"
    remedy = "Convert this file by itself, where there is more memory, and read its verdict."
