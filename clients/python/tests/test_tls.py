"""Certificates and proxies."""

from __future__ import annotations

import ssl

import pyarrow as pa
import pytest

import pantile
from faking import Fake, rows

trustme = pytest.importorskip("trustme")

TABLE = pa.table({"a": [1]})


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def files(authority, tmp_path):
    """The authority's file, and a client's own certificate with its key."""
    ours = authority.issue_cert("somebody@example.org")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ours.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    ours.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    ours.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    return tmp_path


@pytest.fixture
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def asked(url: str, **options) -> pa.Table:
    with pantile.connect(url, retries=0, **options) as client:
        return client.query("SELECT 1").read_all()


def test_a_certificate_that_nobody_vouches_for(tls):
    with Fake(rows(TABLE), tls=tls) as fake, pytest.raises(pantile.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(fake.url)
    assert not fake.seen


def test_an_authority_of_ones_own(tls, files, authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Fake(rows(TABLE), rows(TABLE), rows(TABLE), tls=tls) as fake:
        assert asked(fake.url, verify=str(files / "ca.pem")) == TABLE
        assert asked(fake.url, verify=context) == TABLE
        assert asked(fake.url, verify=False) == TABLE


def test_a_certificate_of_the_client(tls, files, authority):
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    ca = str(files / "ca.pem")
    with Fake(rows(TABLE), rows(TABLE), rows(TABLE), tls=tls) as fake:
        assert asked(fake.url, verify=ca, cert=(str(files / "cert.pem"), str(files / "key.pem"))) == TABLE
        assert asked(fake.url, verify=ca, cert=str(files / "both.pem")) == TABLE
        assert asked(fake.url, verify=False, cert=str(files / "both.pem")) == TABLE
        with pytest.raises(pantile.ConnectionError):
            asked(fake.url, verify=ca)


def test_a_proxy():
    with Fake(rows(TABLE)) as proxy:
        assert asked("http://pantile.example:8815", proxy=proxy.url) == TABLE
    assert proxy.seen[0].path == "http://pantile.example:8815/v1/sql"


def test_a_proxy_of_the_environment_is_for_other_machines(monkeypatch):
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Fake(rows(TABLE)) as proxy, Fake(rows(TABLE)) as fake:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert asked("http://pantile.example:8815") == TABLE
        assert asked(fake.url) == TABLE
    assert [len(proxy.seen), len(fake.seen)] == [1, 1]


def test_a_proxy_that_is_none():
    with pytest.raises(pantile.ConnectionError):
        asked("http://pantile.example:8815", proxy="http://127.0.0.1:9")
    with pytest.raises(pantile.ArgumentError):
        asked("http://pantile.example:8815", proxy="ftp://127.0.0.1:9")
