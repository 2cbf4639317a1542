"""Requests and answers in words, for messages and reports."""

from __future__ import annotations

from typing import Final

from migrator.verify.model import Answer, Denied, Difference, Outcome, Request

_SHOWN: Final = 3


def asked(request: Request) -> str:
    """``openai:gpt-4o, then openai:o3, from team-a``; the format where it is not OpenAI's."""
    first = request.model if request.model is not None else "no model"
    names = ", then ".join((first, *request.models))
    form = "" if request.format == "openai" else f" in the {request.format} format"
    branch = "" if request.branch is None else f", when {request.branch}"
    return f"{names}{form} from {request.client.title}{branch}"


def answered(outcome: Outcome) -> str:
    """What a request gets, the likelier answer first."""
    words = list(dict.fromkeys(_answer(one, chosen=outcome.chosen) for one in outcome.answers))
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return " or ".join([*words[:_SHOWN], *more])


def told(difference: Difference) -> str:
    """A difference with its witness, and the code of the finding that told it, on one line.

    Where nothing told it, that is for the caller to say: beside an edited manifest no finding could have.
    """
    kind = difference.kind.value if difference.certainty == "certain" else f"possibly {difference.kind.value}"
    before, now = answered(difference.old), answered(difference.new)
    by = f" ({difference.announced.code})" if difference.announced is not None else ""
    return f"{kind}: {asked(difference.request)}: {before} before, {now} now{by}"


def _answer(answer: Answer, *, chosen: bool) -> str:
    if isinstance(answer, Denied):
        return f"refused ({answer.code}, {answer.reason})"
    tries = [f"{one.provider}:{one.model} on {one.credential}" for one in answer.attempts[:_SHOWN]]
    left = len(answer.attempts) + answer.more - len(tries)
    more = f" and {left} more" if left > 0 else ""
    if chosen and len(answer.attempts) > 1:
        return f"one of {', '.join(tries)}{more}"
    return f"{', then '.join(tries)}{more}"
