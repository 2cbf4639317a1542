"""Certificates are verified, always."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.errors import UsageError
from migrator.pull import pull as pull_account
from migrator.secrets import Secret
from tests.http.server import playing
from tests.pull.certificates import certificate
from tests.pull.ngrok import PLANTED, Account, Clock

TOKEN = Secret(PLANTED)


def test_a_certificate_that_signed_itself_is_not_trusted(tmp_path: Path) -> None:
    clock = Clock()
    with playing(Account(), certificate(tmp_path).served) as account:
        result = pull_account(account.url, TOKEN, tmp_path / "account", clock.settings())
    assert result.exit_code == 2
    failure = result.lists[0].failure
    assert failure is not None
    assert "the certificate of 127.0.0.1 is not trusted" in failure.message
    assert "self" in failure.message
    assert "--ca-file FILE" in failure.remedy
    assert account.asked == []
    assert clock.slept == []
    assert not (tmp_path / "account").exists()


def test_an_authority_of_ones_own_is_named(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with playing(Account(), made.served) as account:
        result = pull_account(account.url, TOKEN, tmp_path / "account", Clock().settings(ca_file=made.file))
    assert result.exit_code == 0
    assert len(account.asked) == 9


def test_the_environment_may_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    with playing(Account(), made.served) as account:
        assert pull_account(account.url, TOKEN, tmp_path / "account", Clock().settings()).exit_code == 0


def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    made = certificate(tmp_path, "DNS:api.example.com")
    with playing(Account(), made.served) as account:
        result = pull_account(account.url, TOKEN, tmp_path / "account", Clock().settings(ca_file=made.file))
    failure = result.lists[0].failure
    assert failure is not None
    assert "not trusted" in failure.message
    assert account.asked == []


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff"])
def test_a_file_without_certificates_is_wrong_usage(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with playing(Account()) as account:
        with pytest.raises(UsageError, match="file of certificates"):
            pull_account(account.url, TOKEN, tmp_path / "account", Clock().settings(ca_file=file))
        assert account.asked == []
    assert not (tmp_path / "account").exists()
