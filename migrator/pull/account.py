"""Asking for every list of an account, and keeping each page as it arrives."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.errors import RemoteError, UsageError
from migrator.http import Api, Pace, Session, session
from migrator.pull.content import Page, Tally, file_name, is_page_path, page_of
from migrator.pull.folder import Folder, opened, text_of
from migrator.pull.index import FileState, ListState
from migrator.pull.model import (
    RESOURCES,
    Failure,
    Gone,
    KeyRepeated,
    ListedTwice,
    Notice,
    Progress,
    Pulled,
    PullResult,
    Resource,
    Settings,
    StoredPolicies,
    ValuesDropped,
    Waiting,
)
from migrator.secrets import Secret

_VERSION: Final = ("Ngrok-Version", "2")
_SHORTEST_KEY: Final = 16
"""Of an ngrok API key; one that is shorter could not be told from other text."""

_WRONG_KEY: Final = (
    "It takes an ngrok API key that may read this, which is neither an AI Gateway API key of api.ngrok.ai nor "
    "an access key nor a provider key nor an authtoken."
)
_RETIRED: Final = (
    "The address is right, since other lists are there: this one was probably retired. convert takes what was pulled "
    "before, or says that it is missing (L013)."
)
_AGAIN: Final = "What arrived is kept; run again, without --refresh, to go on from there."


def pull(
    base_url: str,
    token: Secret,
    out: str | os.PathLike[str],
    settings: Settings = Settings(),  # noqa: B008 -- it is frozen
    *,
    refresh: bool = False,
    tell: Callable[[Progress | Waiting], None] = lambda _: None,
) -> PullResult:
    """Pull into the folder ``out`` what the account at ``base_url`` holds; the API is only read.

    What was pulled completely is not asked for again, unless ``refresh``. What the API does not give is told in
    the result, and the rest is there. Raises UsageError for an address, a key or a file of certificates that
    cannot be used, OutputError for a folder that cannot; whatever was pulled before is kept then too.
    """
    if 0 < len(token) < _SHORTEST_KEY:
        raise UsageError("the API key is no ngrok API key: it is too short", _WRONG_KEY)

    def sleep(seconds: float) -> None:
        tell(Waiting(seconds))
        settings.sleep(seconds)

    api = Api(base_url.rstrip("/"), token, (_VERSION,), settings.ca_file, _WRONG_KEY)
    pace = Pace(settings.requests, settings.per_seconds, clock=settings.clock, sleep=sleep)
    with (
        session(api, limits=settings.limits, pace=pace, sleep=sleep) as connection,
        opened(Path(out), api.base_url) as folder,
    ):
        todo = [each for each in RESOURCES if refresh or not folder.index.of(each.name).is_complete]
        tasks = [_Task(each, folder, connection, settings) for each in todo]
        for task in tasks:
            task.begin(refresh=refresh)
        _run(tasks, tell)
        return _result(folder, tasks)


class _Task(Struct):
    """One list that is to be pulled."""

    resource: Resource
    folder: Folder
    connection: Session
    settings: Settings
    path: str = ""
    """The page to ask for."""
    objects: dict[str, object] = field(default_factory=dict)
    """What is here of a list that is kept in one file, by id."""
    files: dict[str, FileState] = field(default_factory=dict)
    """The files of a list of which each object has its own."""
    earlier: frozenset[str] = frozenset()
    """Those of them that were there before it is read from its start."""
    tally: Tally = field(default_factory=Tally)
    twice: int = 0
    broken: int = 0
    is_asked: bool = False
    is_whole: bool = False
    failure: Failure | None = None

    @property
    def count(self) -> int:
        if self.resource.is_apart:
            return sum(state.is_listed for state in self.files.values())
        return len(self.objects)

    def begin(self, *, refresh: bool) -> None:
        """Find where to go on. Raises OutputError, before anything is asked, for a file that is in the way."""
        resource, known = self.resource, self.folder.index.files
        onward = self.folder.index.of(resource.name).next
        goes_on = not refresh and onward is not None and is_page_path(onward, resource)
        if resource.is_apart:
            own = {path: state for path, state in known.items() if path.startswith(f"{resource.file}/")}
            if not goes_on:
                self.folder.check(own)
                own = {path: replace(state, is_listed=False) for path, state in own.items()}
                self.earlier = frozenset(own)
            self.files = own
        else:
            self.folder.check((resource.file, resource.partial_file))
            kept = self._kept() if goes_on else None
            goes_on = kept is not None
            self.objects = kept or {}
        self.path = onward if goes_on and onward is not None else resource.path

    def run(self, tell: Callable[[int], None]) -> None:
        """Ask page by page. Raises RemoteError; every page that arrived is kept."""
        asked: set[str] = set()
        for _ in range(self.settings.pages):
            tell(self.count)
            asked.add(self.path)
            self.is_asked = True
            page = self._page()
            problem = page.problem
            if page.onward in asked:
                problem = self._problem("its pages lead in a circle", "Try again later.")
            self._keep(page, is_good=problem is None)
            if problem is not None:
                raise problem
            if page.onward is None:
                break
            self.path = page.onward
            if self.connection.received > self.settings.size:
                raise self._problem(f"all answers together have more than {self.settings.size} bytes", _AGAIN)
        else:
            raise self._problem(f"it has more than {self.settings.pages} pages", _AGAIN)
        if self.broken:
            raise self._problem(
                f"{self.broken} of its entries cannot be stored: no object, without an `id`, or too deep",
                "All others are stored.",
            )
        self.is_whole = True

    def gone(self) -> tuple[str, ...]:
        """Files of objects that the whole list no longer has."""
        files = self.files.items() if self.is_whole else ()
        return tuple(sorted(path for path, state in files if not state.is_listed))

    def is_other_account(self) -> bool:
        """Whether the whole list has objects, and none of those that were there before."""
        return bool(self.count and self.earlier) and self.earlier <= {*self.gone()}

    def _page(self) -> Page:
        api = self.connection.api
        answer = self.connection.get_json(self.path)
        return page_of(answer, self.resource, api.base_url, api.token, self.tally)

    def _keep(self, page: Page, *, is_good: bool) -> None:
        resource = self.resource
        self.twice += page.twice
        self.broken += page.broken
        is_whole = page.onward is None and is_good and not self.broken
        drop = ""
        if resource.is_apart:
            texts = self._texts(page)
        else:
            self.twice += sum(self.objects.get(key, each) != each for key, each in page.objects.items())
            self.objects |= page.objects
            text = text_of(self._whole(page.onward, is_whole=is_whole))
            texts = {resource.file if is_whole else resource.partial_file: text}
            drop = resource.partial_file if is_whole else ""
        # A list with an entry that cannot be stored is read from its start next time.
        onward = page.onward if is_good and not self.broken else None
        others = {path: state for path, state in self.folder.index.files.items() if path not in self.files}
        self.folder.save(
            resource.name,
            ListState(is_whole, self.count, onward),
            texts,
            {**others, **self.files},
            drop,
        )
        self.files = {path: self.folder.index.files[path] for path in self.files}

    def _whole(self, onward: str | None, *, is_whole: bool) -> dict[str, object]:
        """The list as one page of the API's form: one that goes on, as long as it is not whole."""
        base = self.connection.api.base_url.rstrip("/")
        return {
            self.resource.member: list(self.objects.values()),
            "uri": f"{base}{self.resource.path}",
            "next_page_uri": None if is_whole else f"{base}{onward or self.resource.path}",
        }

    def _texts(self, page: Page) -> dict[str, str]:
        """A file for each object."""
        texts: dict[str, str] = {}
        for identity, each in page.objects.items():
            path = f"{self.resource.file}/{file_name(identity)}"
            texts[path] = text_of(each)
            before = self.files.get(path)
            if before is not None and before.is_listed:
                self.twice += _is_other(self.folder.read(path), texts[path])
            self.files[path] = FileState(frozenset())
        return texts

    def _kept(self) -> dict[str, object] | None:
        """What a run before this one got of the list; None if that cannot be gone on with."""
        data = self.folder.read(self.resource.partial_file)
        if data is None:
            return None
        # It is ours to the byte, and so of the form that ``_keep`` gives it.
        return {each["id"]: each for each in json.loads(data)[self.resource.member]}

    def _problem(self, what: str, remedy: str) -> RemoteError:
        return RemoteError(f"{self.resource.title}: {what}", remedy)


def _is_other(data: bytes | None, text: str) -> bool:
    return data is not None and data != text.encode("utf-8")


def _run(tasks: Sequence[_Task], tell: Callable[[Progress], None]) -> None:
    ended: Failure | None = None
    for done, task in enumerate(tasks):
        if ended is not None:
            task.failure = ended
            continue

        def tell_objects(count: int, task: _Task = task, done: int = done) -> None:
            tell(Progress(task.resource, count, done, len(tasks)))

        try:
            task.run(tell_objects)
        except RemoteError as error:
            knows_others = any(state.is_complete for state in task.folder.index.lists.values())
            task.failure = Failure(
                error.message, _RETIRED if error.is_absent and knows_others else error.remedy
            )
            if error.is_general:
                ended = Failure("not asked for", "")


def _result(folder: Folder, tasks: Iterable[_Task]) -> PullResult:
    by_name = {task.resource.name: task for task in tasks}
    lists = []
    for resource in RESOURCES:
        state = folder.index.of(resource.name)
        task = by_name.get(resource.name)
        lists.append(
            Pulled(
                resource,
                state.count,
                state.is_complete,
                was_asked=task is not None and task.is_asked,
                failure=task.failure if task is not None else None,
            )
        )
    return PullResult(folder.out, tuple(lists), tuple(_notices(folder, by_name.values())))


def _notices(folder: Folder, tasks: Iterable[_Task]) -> Iterable[Notice]:
    policies = sum(path.startswith(f"{RESOURCES[0].file}/") for path in folder.index.files)
    if policies:
        yield StoredPolicies(policies)
    for task in tasks:
        for member, count in sorted(task.tally.dropped.items()):
            if count:
                yield ValuesDropped(task.resource, member, count)
        if task.tally.repeats:
            yield KeyRepeated(task.resource)
        if task.twice:
            yield ListedTwice(task.resource, task.twice)
        if gone := task.gone():
            yield Gone(gone, is_all=task.is_other_account())
