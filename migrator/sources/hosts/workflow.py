"""GitHub Actions: workflows and actions are YAML whose ``run`` blocks are scripts, mostly of a POSIX shell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migrator.policy.parse import GATEWAY
from migrator.sources.hosts.literal import (
    Computed,
    Fault,
    Folder,
    Found,
    Gap,
    Literal,
    Piece,
    Pieces,
)
from migrator.sources.hosts.shell import found_in
from migrator.sources.hosts.shell_text import Script
from migrator.sources.stray import holds_it
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence
from migrator.tree.place import locate
from migrator.tree.problems import problem_text
from migrator.tree.text import has_rare_breaks, line_starts, split_lines

_JOBS = re.compile(r"^(?:jobs|runs):[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_STEPS = re.compile(r"^[ \t]*(?:-[ \t]+)?(?:run|uses):", re.MULTILINE)
_POSIX = frozenset({"", "bash", "sh", "dash", "zsh", "ksh", "ash"})
_POWERSHELL = frozenset({"pwsh", "powershell"})
_KNOWN = (_POSIX | _POWERSHELL | {"python"}) - {""}
_FILLED_IN = re.compile(r"\$\{\{[^}\n]*\}\}")


class Workflow:
    """Files below ``.github/workflows``, and anything with jobs or runs that have steps."""

    name = "github-actions"
    advice = "Run the step with the sending of the policy replaced by `cat`, and convert what it prints."
    hints = ("traffic-policy", "traffic_policy")

    def matches(self, path: str, text: str) -> bool:
        yaml = path.lower().endswith((".yml", ".yaml"))
        return yaml and _JOBS.search(text) is not None and _STEPS.search(text) is not None

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:
        loaded = load(text)
        starts = line_starts(text)
        for problem in loaded.problems:
            at = starts[min(problem.span.line, len(starts)) - 1] + problem.span.column - 1
            yield Fault(at, problem_text(problem)[0].rstrip("."))
        lines = split_lines(text)
        for document in loaded.documents:
            if document.root is not None:
                for scalar, key, shell in _scalars(document.root):
                    block = _Block(scalar, text, lines, starts)
                    if key == "run":
                        yield from (block.placed(one) for one in _in_script(scalar.text, shell, folder))
                    elif "\n" in scalar.text or holds_it(scalar) or _is_action(scalar, key):
                        yield block.whole()


def _is_action(scalar: Scalar, key: str) -> bool:
    """Whether a value says what an action is: of a policy that is no text yet, as a matrix may hold one."""
    return key == "type" and scalar.text.strip() == GATEWAY


def _in_script(text: str, shell: str, folder: Folder) -> Iterable[Found]:
    """What a step holds. One for a shell that is not known is code that puts together what it names."""
    if shell in _POSIX:
        return found_in(Script(text, actions=True))
    if shell in _POWERSHELL:
        from migrator.sources.hosts.powershell import found_in_powershell

        return found_in_powershell(text)
    if shell == "python" and not _FILLED_IN.search(text):
        from migrator.sources.hosts.python import Python

        return Python().literals(text, folder)
    return (Computed(0, len(text)),) if GATEWAY in text else ()


def _scalars(root: Node) -> Iterator[tuple[Scalar, str, str]]:
    """Every value with the key it stands under and the shell that would run it, in order."""
    seen: set[int] = set()
    todo: list[tuple[Node, str, str]] = [(root, "", "")]
    while todo:
        node, key, shell = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Scalar():
                yield node, key, shell
            case Sequence():
                todo.extend((item, key, shell) for item in reversed(node.items))
            case Mapping():
                own = _shell(node, shell)
                todo.extend((entry.value, entry.key.text, own) for entry in reversed(node.entries))


def _shell(node: Mapping, outer: str) -> str:
    """The program that runs the steps of a mapping: its own, that of its defaults, else that of its system."""
    defaults = node.get("defaults")
    run = defaults.get("run") if isinstance(defaults, Mapping) else None
    for held in (node.get("shell"), run.get("shell") if isinstance(run, Mapping) else None):
        if isinstance(held, Scalar) and held.text.strip():
            words = [posixpath.basename(word).lower().removesuffix(".exe") for word in held.text.split()]
            return next((word for word in words if word in _KNOWN), words[0])
    systems = node.get("runs-on")
    named = (
        [systems] if isinstance(systems, Scalar) else systems.items if isinstance(systems, Sequence) else []
    )
    is_windows = any(isinstance(one, Scalar) and one.text.lower().startswith("windows") for one in named)
    return outer or ("pwsh" if is_windows else "")


class _Block:
    """One value of the workflow: where each line of it stands in the file."""

    def __init__(self, scalar: Scalar, text: str, lines: list[str], starts: list[int]) -> None:
        self._text = scalar.text
        self._host = text
        span = scalar.span
        self._start = starts[span.line - 1] + span.column - 1
        self._end = starts[span.end_line - 1] + span.end_column - 1
        self._lines = line_starts(scalar.text)
        self._places: list[int] = []
        first = locate(lines, scalar, 0, 1)
        if has_rare_breaks(text):
            pass  # YAML has more lines than the file
        elif scalar.style == "|":
            self._places = [
                starts[line] + first.column - 1
                for line in range(first.line - 1, min(first.line - 1 + len(self._lines), len(starts)))
            ]
        else:
            at = starts[first.line - 1] + first.column - 1
            if text[at : at + len(scalar.text)] == scalar.text and "\n" not in scalar.text:
                self._places = [at]
        self.exact = len(self._places) >= len([line for line in scalar.text.split("\n") if line])

    def whole(self) -> Literal:
        """The value itself as a string."""
        pieces = Pieces()
        at = 0
        for found in _FILLED_IN.finditer(self._text):
            pieces.add(self._text[at : found.start()], at, found.start())
            pieces.gap(found.group()[3:-2], found.start(), found.end())
            at = found.end()
        pieces.add(self._text[at:], at, len(self._text))
        return self._literal(Literal(0, len(self._text), tuple(pieces.done), tuple(pieces.gaps)))

    def placed(self, found: Found) -> Found:
        """What was found in the value, with its places in the file."""
        if isinstance(found, Literal):
            return self._literal(found)
        start = self._offset(found.start) if self.exact else self._start
        if isinstance(found, Fault):
            return replace(found, start=start)
        return replace(found, start=start, end=self._behind(found.end) if self.exact else self._end)

    def _literal(self, literal: Literal) -> Literal:
        if not self.exact:
            gaps = tuple(Gap(self._start, self._end) for _ in literal.gaps[:1])
            return replace(literal, start=self._start, end=self._end, gaps=gaps, exact=False)
        pieces = tuple(part for piece in literal.pieces for part in self._pieces(piece))
        gaps = tuple(Gap(self._offset(gap.start), self._behind(gap.end)) for gap in literal.gaps)
        start, end = self._offset(literal.start), self._behind(literal.end)
        return replace(literal, start=start, end=end, pieces=pieces, gaps=gaps)

    def _pieces(self, piece: Piece) -> Iterator[Piece]:
        """A piece by lines, whose indentation in the file is no part of the value."""
        if not piece.verbatim:
            yield Piece(piece.text, self._offset(piece.start), self._behind(piece.end))
            return
        at = 0
        for line in piece.text.splitlines(keepends=True) if "\r" not in piece.text else [piece.text]:
            start = self._offset(piece.start + at)
            behind = start + len(line)
            at += len(line)
            if line.endswith("\n") and self._host.startswith("\r\n", behind - 1):  # YAML has one of the two
                yield Piece(line[:-1], start, behind - 1)
                yield Piece("\n", behind - 1, behind + 1)
            else:
                yield Piece(line, start, behind)

    def _offset(self, inside: int) -> int:
        low, high = 0, len(self._lines)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._lines[middle] <= inside else (low, middle)
        if low >= len(self._places):
            return self._end
        return self._places[low] + inside - self._lines[low]

    def _behind(self, inside: int) -> int:
        """An end: behind the last character, wherever the next one stands."""
        return self._offset(inside - 1) + 1 if inside else self._offset(inside)
