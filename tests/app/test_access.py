import pytest
from starlette.datastructures import Headers

from app.api.access import LocalOnly, check_bind_address, is_loopback
from app.settings import ServerSettings, SettingsError


def refusal(settings=None, **headers):
    rule = LocalOnly(None, settings or ServerSettings())
    return rule.refusal(Headers({key.replace("_", "-"): value for key, value in headers.items()}))


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "127.0.0.1"])
def test_this_machine_may_ask(host):
    assert refusal(host=host) is None


@pytest.mark.parametrize(
    "host", ["evil.example:7860", "192.168.1.5:7860", "", "127.0.0.1.evil.example"]
)
def test_a_foreign_host_name_is_refused(host):
    assert "does not answer" in refusal(host=host)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:7860"]
)
def test_another_web_page_is_refused(origin):
    assert "another web page" in refusal(host="127.0.0.1:7860", origin=origin)


def test_its_own_page_may_ask():
    assert refusal(host="127.0.0.1:7860", origin="http://127.0.0.1:7860") is None


def test_another_page_may_link_here_but_not_embed_or_fetch():
    assert refusal(host="127.0.0.1", sec_fetch_site="cross-site", sec_fetch_mode="navigate") is None
    assert refusal(host="127.0.0.1", sec_fetch_site="cross-site", sec_fetch_mode="no-cors")


def test_a_proxy_name_is_answered_when_it_is_listed():
    settings = ServerSettings(allowed_hosts=("cams.example",))
    assert refusal(settings, host="cams.example") is None


def test_only_loopback_is_bound_unless_told_otherwise():
    check_bind_address(ServerSettings())
    with pytest.raises(SettingsError, match="--allow-remote"):
        check_bind_address(ServerSettings(host="0.0.0.0"))
    check_bind_address(ServerSettings(host="0.0.0.0", allow_remote=True))


@pytest.mark.parametrize(
    ("host", "local"), [("::1", True), ("127.8.8.8", True), ("10.0.0.1", False)]
)
def test_loopback_is_recognised(host, local):
    assert is_loopback(host) is local
