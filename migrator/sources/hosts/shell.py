"""Shell scripts: heredocs, arguments and assignments that hold policies, and calls that name policy files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from msgspec.structs import replace

from migrator.policy.parse import GATEWAY
from migrator.sources.credentials import by_form
from migrator.sources.hosts.literal import (
    Attached,
    Computed,
    Fault,
    Folder,
    Found,
    Literal,
    PolicyFileNamed,
)
from migrator.sources.hosts.shell_text import Command, Script, Word

_POLICY = frozenset({"--traffic-policy", "--policy"})
_FILE = frozenset({"--traffic-policy-file", "--policy-file"})
_ADDRESS = "--traffic-policy-url"
_FACTS = {
    "--url": "url",
    "--domain": "url",
    "--hostname": "url",
    "--description": "description",
    "--metadata": "metadata",
    "--name": "name",
    "--bindings": "bindings",
    "--binding": "bindings",
}
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_FLAGGED = re.compile(r"(--?[a-z][a-z-]*)=")
_ENTRY = re.compile(r"[A-Za-z_][\w.-]*=", re.ASCII)
"""What a value is put under, as in ``--from-literal=policy.yaml=…``."""

_WHOLE_VARIABLE = re.compile(r"\$\{(\w+)\}\Z", re.ASCII)
_SHELL = re.compile(r"#!.{0,80}\b(?:ba|da|z|k|a)?sh\b")
_INPUT = ("-", "/dev/stdin")


class Shell:
    """Scripts of any POSIX shell, by their suffix or their first line."""

    name = "shell"
    advice = "Let the script print the finished policy instead of sending it, and convert what it prints."
    hints = ("traffic-policy", "traffic_policy")

    def matches(self, path: str, text: str) -> bool:
        return path.lower().endswith((".sh", ".bash", ".zsh")) or _SHELL.match(text) is not None

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:  # noqa: ARG002 - it needs no other file
        yield from found_in(Script(text))


def found_in(script: Script) -> list[Found]:
    """What the commands of a script hold, in order."""
    found = list(_Calls(script).found())
    if script.fault is not None:
        found.append(Fault(*script.fault))
    return sorted(found, key=lambda one: one.start)


class _Calls:
    """The commands of one script, and what they leave for each other: variables and files."""

    def __init__(self, script: Script) -> None:
        self._commands = script.commands
        self._attached: dict[int, Literal] = {}
        self._variables: dict[str, list[Literal]] = {}
        self._files: dict[str, list[Literal]] = {}
        self._references: list[Found] = []
        self._words: dict[int, Literal] = {}
        self._heredocs: list[Literal] = []

    def found(self) -> Iterator[Found]:
        for command in self._commands:
            self._collect(command)
        for command in self._commands:
            self._call(command)
        for literal in (*self._words.values(), *self._heredocs):
            yield self._attached.get(id(literal), literal)
        yield from self._references

    def _collect(self, command: Command) -> None:
        for word in command.words:
            if not ("=" in word.text or GATEWAY in word.text):
                continue
            literal = self._literal(word)
            assigned = _ASSIGNED.match(word.text)
            if assigned is not None:
                held = [one.literal for one in word.inner] if word.inner else [literal]
                self._variables.setdefault(assigned.group(1), []).extend(held)
        for heredoc in command.heredocs:
            self._heredocs.append(heredoc.literal)
            for word in (*command.written, *_operands(command, "tee")):
                held = self._variable(word.literal())
                path = _constant(held[0] if held else word.literal())
                if path is not None:
                    self._files.setdefault(path, []).append(heredoc.literal)

    def _literal(self, word: Word) -> Literal:
        """A word as a string, without the name it is assigned to."""
        made = self._words.get(word.start)
        if made is None:
            named = _ASSIGNED.match(word.text) or _FLAGGED.match(word.text)
            skip = named.end() if named is not None else 0
            if GATEWAY in word.text and (entry := _ENTRY.match(word.text, skip)) is not None:
                skip = entry.end()
            made = self._words[word.start] = word.literal(skip)
        return made

    def _call(self, command: Command) -> None:
        flags = list(_flags(command))
        if not any(name in _POLICY | _FILE or name == _ADDRESS for name, _ in flags):
            return
        facts: dict[str, object] = {}
        for name, word in flags:
            fact = _FACTS.get(name)
            value = self._literal(word)
            if fact is not None and not value.gaps:
                facts[fact] = [value.text] if fact == "bindings" else value.text
        if "url" in facts and "://" not in str(facts["url"]):
            facts["url"] = f"https://{facts['url']}"
        api = any(word.text == "api" for word in command.words)
        attached = Attached("cloud" if api else "agent", facts)
        for name, word in flags:
            if name in _POLICY:
                self._policy(word, attached)
            elif name in _FILE:
                self._file(word, attached, command)
            elif name == _ADDRESS:
                self._references.append(self._elsewhere(word, attached))

    def _policy(self, word: Word, attached: Attached) -> None:
        """A policy as an argument: written there, in a variable, or printed by a command."""
        literal = self._literal(word)
        held = [one.literal for one in word.inner] or self._variable(literal)
        if held:
            self._attach(held, attached)
        elif literal.gaps and not literal.text.replace("${COMPUTED}", "").strip():
            self._references.append(Computed(literal.start, literal.end))
        else:
            self._attach([literal], attached)

    def _file(self, word: Word, attached: Attached, command: Command) -> None:
        literal = self._literal(word)
        held = self._variable(literal)
        path = _constant(held[0]) if len(held) == 1 else _constant(literal)
        if path in _INPUT and command.heredocs:
            self._attach([one.literal for one in command.heredocs], attached)
        elif path in self._files:
            self._attach(self._files[path], attached)
        elif path is not None and path not in _INPUT:
            self._references.append(PolicyFileNamed(literal.start, literal.end, path, attached))
        elif word.inner:
            self._attach([one.literal for one in word.inner], attached)
        else:
            self._references.append(Computed(literal.start, literal.end))

    def _elsewhere(self, word: Word, attached: Attached) -> Found:
        """A policy that the agent fetches: no input, whatever the address is."""
        literal = self._literal(word)
        held = self._variable(literal)
        named = held[0] if len(held) == 1 else literal
        if named.gaps or any(by_form(named.text)):
            return Computed(literal.start, literal.end)
        return PolicyFileNamed(literal.start, literal.end, named.text, attached, elsewhere=True)

    def _variable(self, literal: Literal) -> list[Literal]:
        """What the variable was set to that is all of a word; nothing if it was set twice."""
        named = _WHOLE_VARIABLE.match(literal.text) if literal.gaps else None
        if named is None:
            return []
        names = [name for name in self._variables if name.upper() == named.group(1)]
        held = self._variables[names[0]] if len(names) == 1 else []
        return held if len(held) == 1 else []

    def _attach(self, literals: list[Literal], attached: Attached) -> None:
        for literal in literals:
            self._attached[id(literal)] = replace(literal, attached=True, endpoint=attached)


def _flags(command: Command) -> Iterator[tuple[str, Word]]:
    """Each flag, and the word that holds its value."""
    for at, word in enumerate(command.words):
        flagged = _FLAGGED.match(word.text)
        if flagged is not None:
            yield flagged.group(1), word
        elif word.text.startswith("-") and at + 1 < len(command.words):
            yield word.text, command.words[at + 1]


def _operands(command: Command, name: str) -> list[Word]:
    """The operands of a command of this name among those of a pipeline."""
    texts = [word.text for word in command.words]
    if name not in texts:
        return []
    return [word for word in command.words[texts.index(name) + 1 :] if not word.text.startswith("-")]


def _constant(literal: Literal) -> str | None:
    """A path that may be shown: the same on every run, and no credential."""
    if literal.gaps or not literal.text or any(by_form(literal.text)):
        return None
    return literal.text if literal.text in _INPUT else posixpath.normpath(literal.text)
