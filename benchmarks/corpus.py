"""A directory of policies as a platform team may have it: many files, no two the same.

::

    python -m benchmarks.corpus FOLDER 10000

The policies are those of ``../shared/corpus`` (or ``MIGRATOR_SHARED``) where that is present, else those
of ``fixtures/``; each is repeated with file names, vault secrets, endpoint names and credentials of its
own. The same arguments always write the same bytes.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SEED = 20261124
FOLDERS = ("actions", "clients", "demo", "fields", "strategies")
"""Those of the fixtures whose files are policies that can be read."""

_SECRET = re.compile(r"(secrets\.get\((?:\s*(['\"])[^'\"]*\2\s*,)?\s*(['\"]))([^'\"]*)(\3\s*\))")
_HOST = re.compile(r"\b([a-z0-9-]+)(\.(?:ngrok\.app|ngrok\.dev|internal)\b)")
_CREDENTIAL = re.compile(r"\b((?:sk|pk)-[A-Za-z0-9-]{8,})")


def originals() -> list[Path]:
    """The policies that a corpus is made of, in order."""
    shared = Path(os.environ.get("MIGRATOR_SHARED", TOP.parent / "shared")) / "corpus" / "policies"
    if shared.is_dir():
        return sorted(shared.glob("*.yaml"))
    return sorted(path for folder in FOLDERS for path in (TOP / "fixtures" / folder).glob("*.yaml"))


def policies(count: int, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """``count`` policies as (file name, text)."""
    chance = random.Random(seed)  # noqa: S311 -- the same corpus every time, no credential of anybody
    texts = [(path.stem, path.read_text(encoding="utf-8")) for path in originals()]
    for number in range(count):
        stem, text = texts[number % len(texts)]
        own = f"{chance.randrange(16**8):08x}"
        yield f"team-{number % 100:02}/{stem[:40]}-{number:06}.yaml", _renamed(text, own)


def _renamed(text: str, own: str) -> str:
    text = _SECRET.sub(rf"\g<1>\g<4>-{own}\g<5>", text)
    text = _HOST.sub(rf"\g<1>-{own}\g<2>", text)
    text = _CREDENTIAL.sub(rf"\g<1>{own}", text)
    return f"{text.rstrip()}\n# copy {own}\n"


def write(folder: Path, count: int, seed: int = SEED) -> int:
    """Write a corpus; how many bytes it has."""
    size = 0
    for name, text in policies(count, seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(text.encode())
    return size


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description="Write many policies.")
    reader.add_argument("folder", type=Path)
    reader.add_argument("count", type=int)
    reader.add_argument("--seed", type=int, default=SEED)
    chosen = reader.parse_args()
    size = write(chosen.folder, chosen.count, chosen.seed)
    print(f"{chosen.count} policies, {size} bytes, in {chosen.folder}")  # noqa: T201 -- what it did


if __name__ == "__main__":
    main()
