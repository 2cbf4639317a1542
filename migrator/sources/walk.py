"""Every file below a directory, each real directory once; of a repository only what belongs to it."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from migrator.findings.base import Finding
from migrator.findings.read import LinkLoop, NotReadable
from migrator.spans import whole

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from migrator.sources.bundles import Bundle

BUNDLE_INDEX: Final = ".migrator-bundle.json"
"""A folder with such a file holds a bundle (``migrator.sources.bundles``)."""

TOOLS: Final = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".terraform", ".tox"}
)
"""Folders that tools fill: never searched."""

VENDORED: Final = frozenset({"vendor", "third_party", "bower_components", "site-packages", "Pods"})
"""Folders with other people's code: not searched in a repository."""

_IGNORE: Final = ".gitignore"
_IGNORE_LIMIT: Final = 1024 * 1024
_BACKEND: Final = "simple"
"""Whatever else is installed: the others differ in what they take."""


class WalkedFile(Struct, frozen=True):
    """A file. ``path`` is the system's, as the walk's top names it; ``relative`` is below the top.

    ``is_regular`` is False for pipes, sockets and devices, which nobody reads.
    """

    path: str
    relative: str
    size: int
    is_regular: bool = True


class PassedOver(Struct):
    """What a walk through a repository did not look into, by the paths of files and folders."""

    ignored: list[str] = field(default_factory=list)
    vendored: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Links to folders outside of the walk's top."""
    bundles: list[str] = field(default_factory=list)
    """Folders with what an earlier run wrote, and nobody has changed since."""

    def of_bundle(self, bundle: Bundle) -> None:
        """Note that a file of a bundle was passed over."""
        folder = named(bundle.folder)
        if folder not in self.bundles:
            self.bundles.append(folder)


def walk(top: str, passed: PassedOver | None = None) -> Iterator[WalkedFile | Finding]:
    """Every file below ``top``, and what could not be looked at. Links are followed.

    What an earlier run wrote into a bundle is passed over, of which ``passed`` is told: it repeats what stands
    elsewhere.
    """
    return _walk(top, None, PassedOver() if passed is None else passed)


def walk_repository(top: str, passed: PassedOver) -> Iterator[WalkedFile | Finding]:
    """The same without what `.gitignore` names, vendored trees and links that lead out of ``top``.

    The ignore files above ``top`` count, up to the repository's root, unless they name ``top`` itself: it was
    asked for.
    """
    return _walk(top, _above(top), passed)


def iter_files(top: str) -> Iterator[WalkedFile]:
    """The files of a repository, or the file that ``top`` is; and files and folders that nobody may look at."""
    if os.path.isdir(top):
        for found in walk_repository(top, PassedOver()):
            if isinstance(found, WalkedFile):
                if found.is_regular:
                    yield found
            elif isinstance(found, NotReadable) and found.at is not None and _is_kept_shut(found.at.path):
                yield WalkedFile(found.at.path, os.path.relpath(found.at.path, top), 0)
    elif os.path.isfile(top):
        yield WalkedFile(top, os.path.basename(top), os.stat(top).st_size)


def _is_kept_shut(path: str) -> bool:
    """Whether there is something that may not be looked at; a link that leads nowhere has nothing to search."""
    try:
        os.stat(path)
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ELOOP)
    return True


class _Rules(Struct, frozen=True):
    """The patterns of one ignore file, for paths below ``folder``."""

    folder: str
    spec: GitIgnoreSpec


_Ignored = tuple[_Rules, ...]


def _walk(top: str, rules: _Ignored | None, passed: PassedOver) -> Iterator[WalkedFile | Finding]:
    """``rules`` None: nothing is passed over but what tools fill."""
    seen: set[tuple[int, int]] = set()
    root = os.path.realpath(top)
    todo: list[tuple[str, _Ignored | None, Bundle | None]] = [(top, rules, None)]
    while todo:
        folder, above, bundle = todo.pop()
        try:
            status = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield NotReadable(at=whole(named(folder)), reason=reason_of(error))
            continue
        if (status.st_dev, status.st_ino) in seen:
            yield LinkLoop(at=whole(named(folder)))
            continue
        seen.add((status.st_dev, status.st_ino))
        here = None if above is None else (*above, *_rules_of(folder))
        if any(entry.name == BUNDLE_INDEX for entry in entries):
            from migrator.sources.bundles import bundle_in

            bundle = bundle_in(folder) or bundle
        for entry in entries:
            try:
                is_folder = entry.is_dir()
                found = os.stat(entry.path)
            except OSError as error:
                yield NotReadable(at=whole(named(entry.path)), reason=reason_of(error))
                continue
            if is_folder and entry.name in TOOLS:
                continue
            if here is not None and _is_passed(entry, root, here, passed, is_folder=is_folder):
                continue
            if is_folder:
                todo.append((entry.path, here, bundle))
            elif bundle is not None and bundle.wrote(entry.path):
                passed.of_bundle(bundle)
            else:
                below = os.path.relpath(entry.path, top)
                yield WalkedFile(entry.path, below, found.st_size, stat.S_ISREG(found.st_mode))


def _is_passed(
    entry: os.DirEntry[str], root: str, rules: _Ignored, passed: PassedOver, *, is_folder: bool
) -> bool:
    if is_folder and entry.name in VENDORED:
        passed.vendored.append(named(entry.path))
    elif is_folder and entry.is_symlink() and not _is_below(os.path.realpath(entry.path), root):
        passed.elsewhere.append(named(entry.path))
    elif _is_ignored(entry.path, rules, is_folder=is_folder):
        passed.ignored.append(named(entry.path))
    else:
        return False
    return True


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _is_ignored(path: str, rules: _Ignored, *, is_folder: bool) -> bool:
    """What git says: the deepest file with a matching pattern decides, in it the last such pattern."""
    for one in reversed(rules):
        below = os.path.relpath(os.path.abspath(path), one.folder).replace(os.sep, "/")
        said = one.spec.check_file(f"{below}/" if is_folder else below).include
        if said is not None:
            return said
    return False


def _rules_of(folder: str) -> _Ignored:
    path = Path(folder, _IGNORE)
    try:
        if not path.is_file() or path.stat().st_size > _IGNORE_LIMIT:
            return ()
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ()
    from pathspec import GitIgnoreSpec

    lines = [line for line in text.splitlines() if _is_pattern(line)]
    return (_Rules(os.path.abspath(folder), GitIgnoreSpec.from_lines(lines, backend=_BACKEND)),)


def _is_pattern(line: str) -> bool:
    """Git passes over a line that is no pattern, without a word."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line], backend=_BACKEND)
    except (ValueError, re.error):
        return False
    return True


def _above(top: str) -> _Ignored:
    """The rules of the folders above ``top``, of the repository it is in."""
    folders: list[str] = []
    folder = os.path.abspath(top)
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ()
        folder = above
        folders.append(folder)
    rules = tuple(rule for one in reversed(folders) for rule in _rules_of(one))
    on_the_way = [os.path.abspath(top), *folders][:-1] if folders else []
    is_named = any(_is_ignored(one, rules, is_folder=True) for one in on_the_way)
    return () if is_named else rules


def named(path: str) -> str:
    """A path as findings name it."""
    return readable(os.path.normpath(path))


def readable(path: str) -> str:
    """A path as text: with slashes, and with bytes that are no UTF-8 spelled out."""
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reason_of(error: OSError) -> str:
    """The system's words for an error, without the path and without its number."""
    return (error.strerror or "unknown error").lower()
