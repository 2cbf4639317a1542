"""The page about the library names all of it, and the command line has nothing that the library lacks."""

from __future__ import annotations

import re
from pathlib import Path

import migrator
from migrator import Audited, Input, Options, Result
from tests.docs.page import Python, read_page


def page(repository: Path) -> str:
    return (repository / "docs/library.md").read_text(encoding="utf-8")


def test_every_public_name_is_on_the_page(repository: Path) -> None:
    text = page(repository)
    assert [name for name in migrator.__all__ if f"`migrator.{name}" not in text] == []


def test_every_option_and_every_member_of_a_result_is_on_the_page(repository: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page(repository), flags=re.MULTILINE | re.DOTALL)
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", prose))))
    fields = {name for kind in (Options, Audited) for name in kind.__struct_fields__}
    members = {name for name in vars(Result) if not name.startswith("_")}
    assert fields | members <= words
    assert {"path", "stem"} <= set(Input.__struct_fields__) & words


def test_every_public_name_is_documented_in_the_code() -> None:
    for name in migrator.__all__:
        if name != "__version__":
            assert getattr(migrator, name).__doc__


def test_the_examples_use_the_library_as_its_types_say(repository: Path) -> None:
    """They are run by test_pages; here, that there is something of everything to run."""
    code = "\n".join(
        step.text for step in read_page(repository / "docs/library.md").steps if isinstance(step, Python)
    )
    for name in ("migrator.convert(", "migrator.audit(", "migrator.Input(", "migrator.Options(", "verify("):
        assert name in code


def test_the_package_says_that_it_is_typed(repository: Path) -> None:
    assert (repository / "migrator/py.typed").exists()
