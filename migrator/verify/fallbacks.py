"""What the new gateway answers to a list of models, from what it answers to each of them."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.verify.model import Answer, Attempt, Attempts, Denied


def joined(found: Sequence[tuple[Answer, ...]]) -> tuple[Answer, ...]:
    """The answers of a list of models, each tried in turn; what is refused is skipped."""
    if len(found) == 1:
        return found[0]
    primary, *others = found
    joined: list[Answer] = []
    for first in primary:
        if isinstance(first, Denied):
            joined.append(first)
            continue
        attempts, ordered = first.attempts, first.ordered
        unsure: tuple[Attempt, ...] = ()
        for answers in others:
            for answer in answers[:1]:
                if isinstance(answer, Attempts):
                    attempts, ordered = (*attempts, *answer.attempts), ordered and answer.ordered
                    if len(answers) > 1:
                        unsure = (*unsure, *answer.attempts)
        unique = tuple(dict.fromkeys(attempts))
        joined.append(Attempts(unique, ordered))
        if unsure:
            joined.append(Attempts(tuple(one for one in unique if one not in unsure), ordered))
    return tuple(dict.fromkeys(joined))
