"""Findings about policies that stand in programs and scripts."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class ComputedString(Finding):
    """A policy is put together by code.

    Why: the file names the action in a place where no finished policy stands: the text is joined,
    formatted or built from objects when the program runs. What it becomes is not known from the file.

    Example::

        #!/bin/sh
        ngrok http 8080 --traffic-policy "$(jq -n '{on_http_request: [{type: "ai-gateway"}]}')"

    Result: nothing is converted for this place. What the command prints is a policy like any other::

        on_http_request:
          - type: ai-gateway

    What to do: let the program print the finished policy once, where it would send it, and convert that.
    Terraform's finished policies stand in its state (`terraform show -json`).
    """

    code = "R014"
    level = Severity.ERROR
    effect = Effect.MANUAL
    language: str
    how: str
    message = "the policy here is put together by {language} code"
    remedy = "{how}"


@finding
class FilledInLater(Finding):
    """A key of a policy is filled in when its file runs.

    Why: the policy stands in a script or a program, with a variable where a key belongs. The file does
    not say what the variable holds.

    Example::

        #!/bin/sh
        cat > policy.yaml <<POLICY
        on_http_request:
          - type: ai-gateway
            config: {providers: [{id: openai, api_keys: [{value: $OPENAI_API_KEY}]}]}
        POLICY

    Result: the policy is converted. A variable that is the whole key becomes a key to be supplied from
    an environment variable named after it::

        {"providerId": "openai", "value": {"$secret": {"env": "OPENAI_API_KEY___E"}}}
    """

    code = "R015"
    level = Severity.WARNING
    effect = Effect.MANUAL
    language: str
    message = "a key of the policy is filled in here when the {language} code runs"
    remedy = (
        "Supply the key when it is created; where the manifest needs it, it names an environment variable."
    )


@finding
class BrokenHost(Finding):
    """A source file cannot be read in its language.

    Why: a policy in a string ends where the string ends, and in a file with a syntax error that is a
    guess. The message never quotes the file: credentials sit in broken files too.

    Example::

        #!/bin/sh
        cat > policy.yaml <<POLICY
        on_http_request: [{type: ai-gateway}]

    Result: nothing from there on is converted; the heredoc has no line with `POLICY` that ends it.

    What to do: let the language's own tool say where the mistake is (`terraform validate`, `sh -n`,
    `python -m py_compile`), or save the policy itself as a file and convert that.
    """

    code = "R016"
    level = Severity.ERROR
    language: str
    reason: str
    message = "cannot be read as {language}: {reason}"
    remedy = "Correct it, or save the policy itself as a file and convert that file."


@finding
class MentionInString(Finding):
    """A string mentions the action and holds no policy.

    Why: most such strings are messages or help texts. It is said because one may be a piece that code
    joins to a policy.

    Example::

        #!/bin/sh
        echo "the ai-gateway action was retired: see the manual"

    Result: nothing is converted for this place, and nothing need be.
    """

    code = "R017"
    level = Severity.NOTE
    message = "a string mentions ai-gateway but holds no policy"
    remedy = "If it is a part of a policy, write the finished policy to a file and convert that."


@finding
class ComputedPart(Finding):
    """A part of a policy that is more than a key is filled in when its file runs.

    Why: the policy stands in a script or a program, with a variable where the policy says what it does.
    Two runs may send two policies. In Terraform it is told of policies without the action, too, where a
    rule or an action is filled in: that may be the action.

    Example::

        #!/bin/sh
        cat > policy.yaml <<POLICY
        on_http_request:
          - type: ai-gateway
            config: {providers: [{id: $PROVIDER}]}
        POLICY

    Result: the rest of the policy is converted, as if the provider's id were the variable's name.

    What to do: do not apply that. Write the finished policy to a file, once for each value the variable
    has, and convert these.
    """

    code = "R020"
    level = Severity.ERROR
    effect = Effect.MANUAL
    language: str
    message = "a part of the policy that is more than a key is filled in here when the {language} code runs"
    remedy = "Write the finished policy to a file and convert that."
