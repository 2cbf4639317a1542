"""Findings about recorded decisions."""

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
