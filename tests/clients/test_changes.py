from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.catalog import bundled
from migrator.clients import Bundle, Searched, json_report, patched, search, text_report, written
from migrator.clients.changes import changed
from migrator.clients.search import LIMIT
from tests.properties.planting import made_up

URL = b'base_url="https://ai.example.com/v1"\n'
NEW = b'base_url="https://gateway.ngrok.ai/v1"\n'


class Walked(NamedTuple):
    path: str


def walk(top: str) -> Iterator[Walked]:
    for folder, _, names in os.walk(top):
        yield from (Walked(f"{folder}/{name}") for name in sorted(names))


def searched(bundle: Bundle, *paths: object) -> Searched:
    return search(bundle, [str(path) for path in paths], bundled().current, walk)


def test_every_file_below_a_path_is_looked_into_once(
    bundle: Bundle, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "a.py").write_bytes(URL)
    (app / "b").mkdir()
    (app / "b" / "c.py").write_bytes(URL)
    (app / "again.py").symlink_to("a.py")
    monkeypatch.chdir(app)
    result = searched(bundle, ".", "a.py", app)
    assert [mention.path for mention in result.mentions] == ["a.py", "b/c.py"]
    assert result.count == 2


@pytest.mark.parametrize("link", ["a.py", "folder/b.py"])
def test_a_link_in_a_path_does_not_spoil_the_patch(
    bundle: Bundle, app: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    for name in ("b.py", "c.py"):
        (app / "src").mkdir(exist_ok=True)
        (app / "src" / name).write_bytes(URL)
    (app / "a.py").symlink_to("src/b.py")
    (app / "folder").symlink_to("src")
    monkeypatch.chdir(app)
    made = patched(searched(bundle, link, "src"))
    subprocess.run(["git", "apply", "-"], input=made.data, check=True)
    assert [(app / "src" / name).read_bytes() for name in ("b.py", "c.py")] == [NEW, NEW]
    assert made.left_out == ()


def test_a_link_to_elsewhere_is_left_out_of_the_patch(
    bundle: Bundle, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "a.py").write_bytes(URL)
    (app / "below").mkdir()
    (app / "below" / "link.py").symlink_to("../a.py")
    monkeypatch.chdir(app / "below")
    made = patched(searched(bundle, "link.py"))
    assert (made.data, len(made.left_out)) == (b"", 1)


def test_the_bundle_itself_is_no_application(bundle: Bundle, folder: Path) -> None:
    assert searched(bundle, folder.parent).count == 0


def test_writing_keeps_mode_line_ends_and_every_other_byte(bundle: Bundle, app: Path) -> None:
    file = app / "a.py"
    before = b"\xef\xbb\xbf# \xff\xfe caf\xe9\r\n" + URL.replace(b"\n", b"\r\n") + b"last \xc3\xa9 line"
    file.write_bytes(before)
    file.chmod(0o640)
    result = searched(bundle, file)
    assert [(m.line, m.column) for m in result.mentions] == [(2, 11)]
    done = written(result)
    assert (len(done.done), done.refused) == (1, ())
    assert file.read_bytes() == before.replace(URL[:-1], NEW[:-1])
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert searched(bundle, file).mentions == ()
    assert [path.name for path in app.iterdir()] == ["a.py"]


def test_lines_that_end_with_a_carriage_return_are_lines(bundle: Bundle, app: Path) -> None:
    file = app / "a.env"
    before = b"# mac\r" + URL.replace(b"\n", b"\r") + b"TEAM_KEY=a\rMODEL=gpt-4o-2024-05-13\r\nlast"
    file.write_bytes(before)
    result = searched(bundle, file)
    assert [(m.line, m.column, m.kind) for m in result.mentions] == [
        (2, 11, "base-url"),
        (3, 1, "key-environment"),
        (4, 7, "renamed-model"),
    ]
    assert len(written(result).done) == 2
    changed_url = before.replace(URL[:-1], NEW[:-1])
    assert file.read_bytes() == changed_url.replace(b"gpt-4o-2024-05-13", b"openai:gpt-4o")


def test_a_link_stays_a_link(bundle: Bundle, app: Path) -> None:
    (app / "real").mkdir()
    (app / "real" / "a.py").write_bytes(URL)
    (app / "link.py").symlink_to("real/a.py")
    written(searched(bundle, app / "link.py"))
    assert (app / "link.py").is_symlink()
    assert (app / "real" / "a.py").read_bytes() == NEW


def test_a_file_that_changed_meanwhile_is_left_alone(bundle: Bundle, app: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (app / name).write_bytes(URL)
    result = searched(bundle, app)
    (app / "a.py").write_bytes(URL + b"more\n")
    (app / "c.py").unlink()
    done = written(result)
    assert [Path(path).name for path, _ in done.refused] == ["a.py", "c.py"]
    assert "was changed" in done.refused[0][1]
    assert (app / "a.py").read_bytes() == URL + b"more\n"
    assert (app / "b.py").read_bytes() == NEW
    report = text_report(result, done)
    assert "a.py: not changed: it was changed while migrator read it" in report
    assert report.endswith(
        "3 files searched, 1 changed: 2 mentions in 2 files left, 2 that --write can change.\n"
    )


def test_a_read_only_file_is_left_alone(bundle: Bundle, app: Path) -> None:
    (app / "a.py").write_bytes(URL)
    (app / "a.py").chmod(0o444)
    done = written(searched(bundle, app))
    assert [why for _, why in done.refused] == ["it is read-only"]
    assert (app / "a.py").read_bytes() == URL


def test_what_is_no_text_is_not_looked_into(bundle: Bundle, app: Path) -> None:
    (app / "a.bin").write_bytes(b"\0" + URL)
    os.mkfifo(app / "pipe")
    (app / "wide.txt").write_bytes(URL.decode().encode("utf-16"))
    with (app / "big.txt").open("wb") as big:
        big.write(URL)
        big.truncate(LIMIT + 1)
    (app / "gone").symlink_to("nowhere")
    result = searched(bundle, app)
    assert [(Path(m.path).name, m.is_unambiguous) for m in result.mentions] == [("wide.txt", False)]
    told = {Path(path).name: why for path, why in result.unread}
    assert told["pipe"] == "it is not a regular file"
    assert told["big.txt"] == "it has more than 8 MiB"
    assert told["gone"] == "no such file or directory"
    assert "big.txt: not searched: it has more than 8 MiB" in text_report(result)
    assert result.count == 2


def test_nothing_is_left_where_something_was_not_searched_is_not_said(bundle: Bundle, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert text_report(searched(bundle, tmp_path)).endswith(
        "0 files searched: nothing is left to change in what was searched.\n"
    )


LINES = [
    b"",
    b"plain",
    b"\tindented \xc3\xa9",
    b"\xff\xfe not text",
    b'base_url="https://ai.example.com/v1"',
    b'curl https://ai.example.com/v1/messages "https://ai.example.com/v1"',
    b'model="fast"',
    b"MODEL=gpt-4o-2024-05-13",
    b'x = "https://ai.example.com"',
    b"--- a/odd",
    b"+++ b/odd",
    b"@@ -1 +1 @@",
    b"\\ No newline at end of file",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    files=st.dictionaries(
        st.sampled_from(["a.py", "b c.txt", "d/e.env", "caf\u00e9.md", 'q"uote.js', "t\tab"]),
        st.tuples(st.lists(st.sampled_from(LINES), max_size=14), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans()),
        min_size=1,
    )
)  # fmt: skip
def test_the_patch_applied_is_what_write_makes(
    bundle: Bundle, app: Path, files: dict[str, tuple[list[bytes], bytes, bool]]
) -> None:
    one, other = app / "one", app / "other"
    for place in (one, other):
        shutil.rmtree(place, ignore_errors=True)
        for name, (lines, end, ended) in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(end.join(lines) + (end if ended else b""))
    before = Path.cwd()
    try:
        os.chdir(one)
        result = searched(bundle, ".")
        made = patched(result)
        assert made.left_out == ()
        if made.data:
            git = ["git", "apply", "--whitespace=nowarn", "-"]
            done = subprocess.run(git, input=made.data, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
        os.chdir(other)
        written(searched(bundle, "."))
    finally:
        os.chdir(before)
    for name in files:
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert bool(made.data) == any(mention.is_unambiguous for mention in result.mentions)


KEYS = {
    ".env": 'OPENAI_BASE_URL=https://ai.example.com/v1\nOPENAI_API_KEY={key}\nTEAM_PASSWORD="{key}"\n',
    "a.py": 'OpenAI(\n    base_url="https://ai.example.com/v1",\n    api_key="{key}",\n)\n',
    "b.py": 'OpenAI(base_url="https://ai.example.com/v1", api_key="{key}")\n',
    "c.sh": 'curl https://ai.example.com/v1/messages \\\n  -H "x-api-key: {key}" \\\n  -d @body\n',
    "d.sh": 'curl -H "Authorization: Bearer {key}" https://ai.example.com/v1/messages\n',
    "e.yaml": "env:\n  - name: OPENAI_BASE_URL\n    value: https://ai.example.com/v1\n  - name: OPENAI_API_KEY\n    value: {key}\n",
    "f.js": 'const h = {{url: "https://ai.example.com/v1", headers: {{\n  "Authorization": `Bearer {key}`,\n}}}};\n',
    "g.toml": 'base_url = "https://ai.example.com/v1"\ntoken = "{key}"\n',
    "h.json": '{{\n  "baseUrl": "https://ai.example.com/v1",\n  "apiKey": "{key}"\n}}\n',
    "i.yaml": "kind: Secret\nstringData:\n  url: https://ai.example.com/v1\n  other: {key}\n",
    "j.yaml": "credentials:\n  - {key}\n\nbase: https://ai.example.com/v1\n",
    "k.py": 'U = "https://ai.example.com/v1"\nHEADERS = ["x-api-key: {key}"]\n',
    "l.go": 'u := "https://ai.example.com/v1"\napiKey := "{key}"\n',
    "m.tf": 'url = "https://me:{key}@ai.example.com/v1"\nbase = "https://ai.example.com/v1"\n',
    "n.txt": "ngrok --authtoken {key}\nhttps://ai.example.com/v1\n",
    "o.ini": "url=https://ai.example.com/v1?key={key}\n",
}


@pytest.mark.parametrize(
    "key", [made_up("plain"), made_up("provider", "sk-proj-"), made_up("token", "ng-none-g1-")]
)
@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_is_neither_shown_nor_touched(bundle: Bundle, app: Path, name: str, key: str) -> None:
    text = KEYS[name].format(key=key)
    (app / name).write_text(text)
    result = searched(bundle, app)
    assert any(mention.kind == "base-url" for mention in result.mentions)
    patch = patched(result)
    for shown in (text_report(result), json_report(result), patch.data.decode(), str(patch)):
        assert key not in shown
    done = written(result)
    assert key not in text_report(result, done)
    after = (app / name).read_text()
    assert after.count(key) == text.count(key)
    assert after.encode() == (changed(result.files[0]))


def test_a_change_that_cannot_be_shown_is_named(
    bundle: Bundle, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app)
    Path("a.env").write_text(KEYS[".env"].format(key="hunter2-and-more"))
    result = searched(bundle, ".")
    made = patched(result)
    assert made.data == b""
    assert [(mention.path, mention.line) for mention in made.left_out] == [("a.env", 1)]
    outside = patched(searched(bundle, app))
    assert [mention.path for mention in outside.left_out] == [str(app / "a.env")]
