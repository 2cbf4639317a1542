from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.errors import MigratorError, UsageError
from migrator.http import Limits, Pace, get_json, path_below
from migrator.http.address import Address, address
from migrator.http.answer import Reply, value_of
from migrator.secrets import Secret
from tests.http.server import Says, says, serving

PLANTED = "ak-PLANTED-not-a-key-0000"
TOKEN = Secret(PLANTED)
QUICK = Limits(connect=0.3, total=0.3)


class Clock:
    """Sleeps that only are written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own proxies and certificates decide nothing here."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refusal(
    url: str, token: Secret = TOKEN, *, clock: Clock | None = None, limits: Limits = QUICK
) -> MigratorError:
    """The error that asking ends with. However it is shown, the token is not in it."""
    with pytest.raises(MigratorError) as caught:
        get_json(url, "/v1/models", token, limits=limits, sleep=clock or Clock())
    error = caught.value
    # An address stands in the caller's own variables; the token must not even stand there.
    told = traceback.TracebackException.from_exception(error, capture_locals=PLANTED not in url)
    for text in (error.message, error.remedy, repr(error), str(error), "".join(told.format())):
        assert PLANTED not in text
    assert error.__context__ is None
    assert error.message.isprintable()
    assert len(error.message) < 1_000
    return error


def test_the_value_of_a_good_answer_comes_back(clock: Clock) -> None:
    with serving(says({"data": [1, None, "ü"]})) as api:
        assert get_json(api.url, "/v1/models", TOKEN, sleep=clock) == {"data": [1, None, "ü"]}
    (asked,) = api.asked
    assert asked["path"] == "/v1/models"
    assert asked["authorization"] == f"Bearer {PLANTED}"
    assert asked["accept-encoding"] == "identity"
    assert clock.slept == []


def test_null_is_a_value() -> None:
    with serving(says(None)) as api:
        assert get_json(api.url, "/", TOKEN) is None


def test_the_address_may_have_a_path_and_a_slash() -> None:
    with serving(says(1)) as api:
        get_json(f"{api.url}/prefix/", "/v1/models", TOKEN)
    assert api.asked[0]["path"] == "/prefix/v1/models"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int, clock: Clock) -> None:
    with serving(says({}, status), says({}, status), says("late")) as api:
        assert get_json(api.url, "/", TOKEN, sleep=clock) == "late"
    assert clock.slept == [0.5, 1.0]


def test_three_more_attempts_are_enough(clock: Clock) -> None:
    with serving(says({"msg": "busy"}, 503)) as api:
        error = refusal(api.url, clock=clock)
    assert len(api.asked) == 4
    assert clock.slept == [0.5, 1.0, 2.0]
    assert "answered 503: busy" in error.message
    assert "later" in error.remedy


@pytest.mark.parametrize("status", [201, 204, 400, 401, 404, 409, 410])
def test_what_will_not_pass_is_asked_once(status: int, clock: Clock) -> None:
    with serving(Says(status, b"" if status == 204 else b"{}")) as api:
        assert f"answered {status}" in refusal(api.url, clock=clock).message
    assert len(api.asked) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    "stated, slept",
    [
        ("7", 7.0),
        ("0", 0.0),
        ("30", 30.0),
        ("9" * 400, 0.5),
        ("-1", 0.5),
        ("1.5", 0.5),
        ("soon", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", 0.5),
    ],
)
def test_the_wait_that_is_asked_for_is_kept(stated: str, slept: float, clock: Clock) -> None:
    with serving(says({}, 429, **{"Retry-After": stated}), says("late")) as api:
        assert get_json(api.url, "/", TOKEN, sleep=clock) == "late"
    assert clock.slept == [slept]


@pytest.mark.parametrize(
    "stated, told",
    [
        ("31", "in 31 seconds"),
        ("999999999", "in 999999999 seconds"),
        (format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), "in 8"),
    ],
)
def test_a_wait_that_is_too_long_is_told_instead(stated: str, told: str, clock: Clock) -> None:
    with serving(says({}, 429, **{"Retry-After": stated})) as api:
        assert told in refusal(api.url, clock=clock).remedy
    assert len(api.asked) == 1
    assert clock.slept == []


def test_a_connection_that_breaks_off_is_made_again(clock: Clock) -> None:
    with serving(Says(is_cut=True), says("late")) as api:
        assert get_json(api.url, "/", TOKEN, sleep=clock) == "late"
    for broken in (Says(is_cut=True), Says(body=b"{}", is_short=True)):
        with serving(broken) as api:
            assert "broke off" in refusal(api.url, clock=clock).message
        assert len(api.asked) == 4


def test_nobody_there(clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        error = refusal(f"http://127.0.0.1:{taken.getsockname()[1]}", clock=clock)
    assert "no connection" in error.message
    assert error.remedy
    assert len(clock.slept) == 3


def test_a_connection_that_is_not_made_in_time_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    def never(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", never)
    assert "no connection within 0.3 seconds" in refusal("http://127.0.0.1:1", clock=clock).message
    assert len(clock.slept) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with serving(says("stolen")) as other, serving(Says(status, b"", {"Location": other.url})) as api:
        error = refusal(api.url)
    assert other.asked == []
    assert f"answered {status}" in error.message
    assert "goes nowhere else" in error.remedy


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with serving(says("x" * 200_000)) as api:
        assert "larger than 1000 bytes" in refusal(api.url, limits=Limits(size=1000)).message
    with serving(Says(body=b"[", drips=True)) as api:
        assert "larger than 2 bytes" in refusal(api.url, limits=Limits(size=2)).message


def test_an_answer_that_does_not_come_is_not_waited_for(clock: Clock) -> None:
    with serving(Says(is_silent=True)) as api:
        assert "no answer within 0.3 seconds" in refusal(api.url, clock=clock).message
    assert clock.slept == []


def test_an_answer_that_does_not_end_is_not_waited_for() -> None:
    with serving(Says(body=b"[", drips=True)) as api:
        assert "no whole answer within 0.3 seconds" in refusal(api.url).message


def test_an_encoding_that_was_not_asked_for_is_not_decoded() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    with serving(Says(200, bomb, {"Content-Encoding": "gzip"})) as api:
        assert "encoding" in refusal(api.url).message
    with serving(Says(503, bomb, {"Content-Encoding": "gzip"})) as api:
        assert "answered 503" in refusal(api.url).message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"[NaN]",
        b"[1e999]",
        b'"\xff"',
        b"[" * 100_000,
        b"9" * 5_000,
    ],
)
def test_what_is_not_json_is_told(body: bytes) -> None:
    with serving(Says(200, body)) as api:
        error = refusal(api.url)
    assert "not JSON" in error.message
    assert "doctype" not in error.message


@pytest.mark.parametrize(
    "body, told",
    [
        ({"errorCode": "ERR_NGROK_206", "msg": "no such key"}, "answered 400 (ERR_NGROK_206): no such key"),
        ({"error_code": "ERR_NGROK_226", "msg": "too many"}, "answered 400 (ERR_NGROK_226): too many"),
        ({"errorCode": "", "msg": ""}, "answered 400"),
        ({"errorCode": 1, "msg": ["x"]}, "answered 400"),
        ({"msg": f"the key {PLANTED} is bad"}, "the key *** is bad"),
        ({"errorCode": PLANTED}, "(***)"),
        ({"errorCode": "x" * 50 + PLANTED}, "x***"),
        ({"msg": "x" * 295 + PLANTED}, "x***"),
        ({"msg": "\x1b[31mred\u202e"}, "\\x1b[31mred\\u202e"),
        ({"msg": "y" * 100_000}, "y…"),
        (["msg"], "without saying why"),
    ],
)
def test_an_error_is_told_in_ngroks_words(body: Any, told: str) -> None:
    with serving(says(body, 400)) as api:
        assert told in refusal(api.url).message


def test_an_error_page_is_not_repeated() -> None:
    with serving(Says(400, b"<html>" + PLANTED.encode(), {"Content-Type": "text/html"})) as api:
        message = refusal(api.url).message
    assert "answered 400, without saying why" in message
    assert "html" not in message


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_told_from_other_keys(status: int) -> None:
    with serving(says({"msg": "no"}, status)) as api:
        assert "neither an access key nor a provider key" in refusal(api.url).remedy


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.ngrok.ai",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "https://",
        "https://:443",
        "https://[",
        "https://127.0.0.1:99999",
        "https://127.0.0.1:0",
        "https://127.0.0.1:port",
        "https://127.0.0.1/?a=b",
        "https://127.0.0.1/#a",
        "https://127.0.0.1\n.example.com",
        "https://127.0.0.1 ",
        "https://ü.example.com",
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.example.com",
        f"https://{PLANTED}@127.0.0.1",
        f"https://me:{PLANTED}@127.0.0.1",
        PLANTED,
        f"https://127.0.0.1/?key={PLANTED}",
        "https://127.0.0.1/" + "a" * 3_000,
    ],
)
def test_an_address_that_no_key_goes_to_is_wrong_usage(url: str, clock: Clock) -> None:
    error = refusal(url, clock=clock)
    assert isinstance(error, UsageError)
    assert "https://HOST" in error.remedy
    assert clock.slept == []


@pytest.mark.parametrize(
    "url, is_secure",
    [
        ("https://api.ngrok.ai", True),
        ("https://proxy.example.com:8443/ngrok", True),
        ("http://localhost:8080", False),
        ("http://127.0.0.2:8080", False),
        ("http://[::1]:8080", False),
    ],
)
def test_a_key_goes_over_tls_or_to_this_machine(url: str, is_secure: bool) -> None:
    assert address(url, "/v1/models") == Address(f"{url}/v1/models", is_secure)


@pytest.mark.parametrize(
    "base, url, path",
    [
        ("https://api.example.com", "https://api.example.com/a?b=c", "/a?b=c"),
        ("https://api.example.com/", "https://API.example.com:443/a", "/a"),
        ("https://api.example.com:443", "https://api.example.com/a", "/a"),
        ("http://127.0.0.1:80/p/", "http://127.0.0.1/p/a", "/a"),
        ("https://api.example.com", "http://api.example.com/a", None),
        ("https://api.example.com", "https://api.example.com:444/a", None),
        ("https://api.example.com", "https://api.example.com.evil.example/a", None),
        ("https://api.example.com", "https://api.example.com@evil.example/a", None),
        ("https://api.example.com", "https://api.example.com\\@evil.example/a", None),
        ("https://api.example.com", "https://evil.example\\.api.example.com/a", None),
        ("https://api.example.com", "//api.example.com/a", None),
        ("https://api.example.com", "/a", None),
        ("https://api.example.com", "https://api.example.com", None),
        ("https://api.example.com", "https://api.example.com/a#b", None),
        ("https://api.example.com/p", "https://api.example.com/q/a", None),
        ("https://api.example.com/p", "https://api.example.com/pq", None),
        ("https://api.example.com/p", "https://api.example.com/p/%2E./a", None),
        ("https://api.example.com", "https://api.example.com/a\r\nHost: evil.example", None),
        ("https://api.example.com", "https://api.example.com:port/a", None),
    ],
)
def test_what_a_server_names_next_is_asked_at_its_own_address_only(
    base: str, url: str, path: str | None
) -> None:
    assert path_below(base, url) == path


def test_the_pace_is_kept_however_long_a_request_takes() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(2, 60, clock=lambda: now[0], sleep=sleep)
    for took in (1, 5, 1, 100, 1):
        with pace:
            now[0] += took
    assert slept == [55, 4]


@pytest.mark.parametrize(
    "url", [f"https://{'a' * 70}.example", "https://a..example", "https://xn--a.example"]
)
def test_a_host_that_cannot_be_looked_up_is_no_crash(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _refusing)
    refusal(url)


def _refusing(host: str, *_: object, **__: object) -> None:
    host.encode("idna")
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize("token", ["", " ", f"{PLANTED}\n", f"{PLANTED}\r\nX: y", f"ü{PLANTED}", "x" * 5_000])
def test_what_is_no_token_is_not_sent(token: str, clock: Clock) -> None:
    with serving() as api:
        error = refusal(api.url, Secret(token), clock=clock)
    assert isinstance(error, UsageError)
    assert api.asked == []


def test_no_file_of_credentials_takes_the_tokens_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(says(1)) as api:
        get_json(api.url, "/", TOKEN)
    assert api.asked[0]["authorization"] == f"Bearer {PLANTED}"


def test_what_is_not_encrypted_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says("proxy")) as proxy, serving(says("api")) as api:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert get_json(api.url, "/", TOKEN) == "api"
    assert proxy.asked == []


def test_what_is_encrypted_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    with serving() as proxy:  # which knows GET alone, and refuses CONNECT
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "the proxy refused" in refusal("https://api.example.com", clock=clock).message
    assert proxy.asked == []
    assert clock.slept == []


@pytest.mark.parametrize(
    "name, value",
    [
        ("HTTPS_PROXY", f"nonsense://me:{PLANTED}@127.0.0.1"),
        ("ALL_PROXY", f"http://me:{PLANTED}@127.0.0.1:port"),
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_FILE", __file__),
    ],
)
def test_an_environment_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    error = refusal("https://127.0.0.1:1")
    assert "this environment" in error.message
    assert name in error.remedy


def test_a_socks_proxy_without_its_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert "httpx[socks]" in refusal("https://127.0.0.1:1").message


def test_a_server_without_tls_gets_nothing() -> None:
    with serving() as api:
        error = refusal(api.url.replace("http:", "https:"))
    assert api.asked == []
    assert "no connection" in error.message


@given(body=st.binary(max_size=200), status=st.integers(200, 599))
def test_no_answer_does_worse_than_an_error(body: bytes, status: int) -> None:
    _read(Reply(status, body))


@given(
    value=st.recursive(
        st.none() | st.text() | st.just(PLANTED) | st.integers(),
        lambda inner: st.dictionaries(st.sampled_from(["msg", "errorCode", "details"]), inner),
    ),
    status=st.integers(200, 599),
)
def test_no_error_repeats_the_token(value: Any, status: int) -> None:
    _read(Reply(status, json.dumps(value).encode()))


def _read(reply: Reply) -> None:
    try:
        value_of(reply, "https://api.example.com", TOKEN)
    except MigratorError as error:
        assert PLANTED not in error.message  # noqa: PT017 -- a good answer is good too
        assert error.message.isprintable()  # noqa: PT017 -- the same
    else:
        assert reply.status == 200


def test_importing_it_does_not_import_httpx() -> None:
    code = "import sys, migrator.http; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"
