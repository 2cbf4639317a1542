"""The bundle: all artefacts of a run in one folder, in which nothing but our own files is replaced.

``.migrator-bundle.json`` lists what the tool wrote, each file with its digest::

    {"formatVersion": 1, "files": [{"path": "manifest.yaml", "sha256": "…"}, …]}

A file that is not listed, or that somebody changed since, ends the writing before it begins. All
files are written beside their places first; only then are they renamed, and a failure on the way
renames everything back. The list is written before the renames with the old digests and the new
ones, so that after a crash at any moment the next run still knows its own files.
"""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from migrator.errors import InternalError, OutputError
from migrator.merge.model import Migration
from migrator.naming import digest
from migrator.render.calls import calls_jsonl
from migrator.render.change import Change
from migrator.render.checklist import checklist
from migrator.render.curl import curl_script
from migrator.render.files import SCRIPT_MODE, Artifact, refused, write_file
from migrator.render.manifest import manifest_yaml
from migrator.render.safe import shown
from migrator.render.secrets_env import secrets_env
from migrator.secrets import visible
from migrator.sources.bundles import FORMAT_VERSION, Digests, digest_of, is_inside, parse_index
from migrator.sources.walk import BUNDLE_INDEX

__all__ = ["Artifact", "bundle_artifacts", "write_bundle", "write_file"]

RESIDUAL: Final = "residual"
RESIDUAL_PATCH: Final = "residual.patch"
SCHEMA: Final = "manifest.schema.json"

_LONGEST: Final = 255
"""Bytes of a step of a path."""
_CUT: Final = 200
_SUFFIX: Final = 10


def bundle_artifacts(
    migration: Migration,
    reports: Mapping[str, str],
    residuals: Mapping[str, str],
    patch: str = "",
    schema: str = "",
) -> dict[str, Artifact]:
    """Every file of the bundle by its path, in the order of the paths.

    ``reports`` are by file name (``report.txt``), ``residuals`` by the path of the input they are left of;
    ``patch`` is the same as a patch over the inputs. ``schema`` is the manifest's JSON Schema, which its first
    line names for editors; without one there is no such line.
    """
    left = {name: residuals[path] for path, name in _residual_names(residuals).items()}
    texts = {
        "manifest.yaml": manifest_yaml(migration, SCHEMA if schema else None),
        **({SCHEMA: schema} if schema else {}),
        "calls.jsonl": calls_jsonl(migration),
        "secrets.env.example": secrets_env(migration),
        "CUTOVER.md": checklist(migration, sorted(left), has_patch=bool(patch)),
        **reports,
        **left,
        **({RESIDUAL_PATCH: patch} if patch else {}),
    }
    artifacts = {name: Artifact(visible(text)) for name, text in texts.items()}
    artifacts["apply.sh"] = Artifact(curl_script(migration), SCRIPT_MODE)
    return dict(sorted(artifacts.items()))


def residual_name(path: str) -> str:
    """Where the residual policy of the input ``path`` goes: the same path below ``residual/``.

    A path that leads out of the working directory (absolute, ``..``) loses that part and gets a digest
    for it, so that two stay two. So does a step that is longer than file systems take.
    """
    steps = path.split("/")
    inside = [step for step in steps if step not in ("", ".", "..")] or ["policy"]
    if path.startswith("/") or ".." in steps:
        inside[-1] = _told_apart(inside[-1], path)
    return "/".join((RESIDUAL, *map(_fitting, inside)))


def _residual_names(paths: Iterable[str]) -> dict[str, str]:
    """The place of each. One that is a folder of others, or that a file system takes for another, gets a digest."""
    names = {path: residual_name(path) for path in paths}
    spelled = {name: _spelled_alike(name) for name in names.values()}
    folders = {str(above) for name in spelled.values() for above in PurePosixPath(name).parents}
    counts = Counter(spelled.values())
    return {
        path: _apart(name, path) if spelled[name] in folders or counts[spelled[name]] > 1 else name
        for path, name in names.items()
    }


def _spelled_alike(name: str) -> str:
    """The same for all names that a file system takes for one: without regard to case, or to how accents are made."""
    if name.isascii():
        return name.lower()
    from unicodedata import normalize

    return normalize("NFC", normalize("NFD", name).casefold())


def _apart(name: str, path: str) -> str:
    return "/".join(map(_fitting, _told_apart(name, path).split("/")))


def _told_apart(name: str, path: str) -> str:
    folder, slash, file = name.rpartition("/")
    stem, _, suffix = file.rpartition(".")
    return f"{folder}{slash}{stem}..{digest(path)}.{suffix}" if stem else f"{name}..{digest(path)}"


def _fitting(step: str) -> str:
    """A step of a path as long as file systems take it."""
    encoded = step.encode("utf-8", "backslashreplace")
    if len(encoded) <= _LONGEST:
        return step
    suffix = PurePosixPath(step).suffix
    return f"{encoded[:_CUT].decode('utf-8', 'ignore')}..{digest(step)}{suffix if len(suffix) <= _SUFFIX else ''}"


def write_bundle(folder: Path, files: Mapping[str, Artifact]) -> None:
    """Make ``folder`` hold ``files`` (by relative path with ``/``) instead of the previous bundle.

    Files of the previous bundle that are no longer made are removed unless somebody changed them.
    Raises OutputError for a file in the way or whatever the system refuses; all is as before then.
    """
    for name in files:
        if not is_inside(name):
            raise InternalError(f"{shown(name)} is no path within a bundle")
    change = Change(folder)
    try:
        known = _read_index(folder)
        for name in files:
            _check(folder, name, known)
        stale = [name for name in known if name not in files and _is_ours(folder, name, known)]
        digests = {name: frozenset({artifact.digest}) for name, artifact in files.items()}
        change.stage(BUNDLE_INDEX, _index(_both(known, digests)))
        for name in sorted(files):
            change.stage(name, files[name])
        change.stage(BUNDLE_INDEX, _index(digests))
        change.commit(stale)
    except OSError as error:
        change.undo()
        raise refused(folder, error) from error
    except UnicodeEncodeError as error:
        change.undo()
        raise OutputError(
            f"{shown(str(folder))} could not be written: a name has characters that {error.encoding} has not",
            "Nothing was changed. Set PYTHONUTF8=1, or a locale with UTF-8.",
        ) from error
    except BaseException:
        change.undo()
        raise
    change.finish()


def _check(folder: Path, name: str, known: Digests) -> None:
    """Raises OutputError where ``name`` must not be written: something of somebody else's is in the way."""
    within = folder
    for part in name.split("/")[:-1]:
        within /= part
        mode = _mode(within)
        if mode is not None and not stat.S_ISDIR(mode):
            raise _in_the_way(within, "is no folder", "Move it away")
    target = folder / name
    mode = _mode(target)
    if mode is None:
        return
    if not stat.S_ISREG(mode):
        raise _in_the_way(target, "is no file", "Move it away")
    if name not in known:
        raise _in_the_way(target, "was not written by migrator", "Move it away")
    if digest_of(target) not in known[name]:
        raise _in_the_way(
            target, "was changed since migrator wrote it", "Keep your changes elsewhere and delete it"
        )


def _is_ours(folder: Path, name: str, known: Digests) -> bool:
    """Whether a file of the previous bundle is still as it was written, so that it may go."""
    above = [folder / parent for parent in Path(name).parents]
    if not all((mode := _mode(each)) is not None and stat.S_ISDIR(mode) for each in above if each != folder):
        return False
    mode = _mode(folder / name)
    return mode is not None and stat.S_ISREG(mode) and digest_of(folder / name) in known[name]


def _mode(path: Path) -> int | None:
    """The mode of what stands at ``path`` itself, links not followed; None where nothing does."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _in_the_way(path: Path, why: str, remedy: str) -> OutputError:
    return OutputError(
        f"{shown(str(path))} {why}", f"{remedy}, or choose another folder. Nothing was changed."
    )


def _index(digests: Digests) -> Artifact:
    files = [{"path": name, "sha256": digest} for name in sorted(digests) for digest in sorted(digests[name])]
    return Artifact(json.dumps({"formatVersion": FORMAT_VERSION, "files": files}, indent=2) + "\n")


def _both(one: Digests, other: Digests) -> Digests:
    return {name: one.get(name, frozenset()) | other.get(name, frozenset()) for name in {*one, *other}}


def _read_index(folder: Path) -> Digests:
    """What the tool wrote into ``folder``. Raises OutputError for a list that it cannot have written."""
    path = folder / BUNDLE_INDEX
    mode = _mode(path)
    if mode is None:
        return {}
    known = parse_index(path.read_bytes()) if stat.S_ISREG(mode) else None
    if known is None:
        raise _in_the_way(path, "is not a list that this version of migrator wrote", "Move the folder away")
    return known
