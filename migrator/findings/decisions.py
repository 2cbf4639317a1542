"""Findings about the decisions file: entries that no longer say anything about the run."""

from typing import Final

from migrator.findings.base import Finding, Severity, finding


@finding
class DecisionUnmatched(Finding):
    """A recorded decision matches nothing.

    Why: nothing in this run asks it: a spelling mistake, or the policy has changed.

    Example::

        # migrator.yaml
        decisions:
          "who-pays:chat.example.com:opnai": supply-key

    Result: the default stays in force for `who-pays:chat.example.com:openai`, the decision that was
    meant.
    """

    code = "D001"
    level = Severity.WARNING
    decision: str
    hint: str
    message = "decision {decision} is asked by nothing in this run{hint}"
    remedy = "Correct or delete the entry."


@finding
class WaiverUnmatched(Finding):
    """A waiver matches no finding.

    Why: what it was about is gone, or one of its patterns is misspelt. It would waive, unseen, the next
    finding that happens to fit.

    Example::

        # migrator.yaml
        waivers:
          - code: T305
            unit: "char.example.com"
            reason: agreed with security, ticket 12
            until: 2999-12-31

    Result: the finding of `chat.example.com`, which was meant, counts as before.
    """

    code = "D002"
    level = Severity.WARNING
    waived: str
    where: str
    hint: str
    message = "the waiver of {waived}{where} matches no finding of this run{hint}"
    remedy = "Correct or delete the entry."


@finding
class WaiverExpired(Finding):
    """A waiver has ended.

    Why: it was agreed up to a day that is past (the day of `--as-of`, today by default), so what it waived
    counts again.

    Example::

        # migrator.yaml
        waivers:
          - code: T305
            reason: until the provider's keys are there, ticket 12
            until: 2020-01-31

    Result: the findings of T305 are told without the waiver.

    What to do: deal with the findings, or agree on another day and change `until`.
    """

    code = "D003"
    level = Severity.WARNING
    waived: str
    where: str
    until: str
    count: int
    message = "the waiver of {waived}{where} ended on {until}; findings that count again: {count}"
    remedy = "Deal with the findings, or agree on another day and change `until`."


@finding
class NameUnmatched(Finding):
    """A recorded name is that of no object.

    Why: nothing in this run has that reference or that id: a spelling mistake, or the policy has changed.

    Example::

        # migrator.yaml
        names:
          accessKeys/nobody.example.com: Chat application

    Result: every object has the name that it would have without the entry.
    """

    code = "D004"
    level = Severity.WARNING
    key: str
    entry: str
    hint: str
    message = "{key} has an entry for {entry}, and there is no such object in this run{hint}"
    remedy = "Correct or delete the entry."


@finding
class SeverityUnmatched(Finding):
    """A code with a severity of its own is not found.

    Why: the entry of `severity` changed nothing in this run. That is as it should be for a code that must never
    come up; for one that came up once, the entry has had its time.

    Example::

        # migrator.yaml
        severity:
          T117: error

    Result: none but this note.
    """

    code = "D005"
    level = Severity.NOTE
    regraded: str
    given: str
    message = "{regraded} has the severity {given}, and nothing of that code is found in this run"
    remedy = "Nothing to do."


RECORDED: Final[tuple[type[Finding], ...]] = (
    DecisionUnmatched,
    WaiverUnmatched,
    WaiverExpired,
    NameUnmatched,
    SeverityUnmatched,
)
"""The findings about the decisions file itself."""
