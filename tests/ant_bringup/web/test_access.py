import pytest

from ant_bringup.web.access import ACTIONS, refuse_action, refuse_origin


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:1"])
@pytest.mark.parametrize("own_origin", [True, False])
def test_this_machine_and_its_own_page_may_ask(host: str, own_origin: bool) -> None:
    assert refuse_origin(host, f"http://{host}" if own_origin else None) == ""


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "localhost@evil.example",
        "[bad",
        "10.0.0.1",
    ],
)
def test_name_of_a_stranger_is_refused(host: str | None) -> None:
    assert "Host" in refuse_origin(host, None)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost:3000", "https://localhost:8080", "http://127.0.0.1:8080"],
)
def test_page_from_elsewhere_is_refused_and_named(origin: str) -> None:
    assert f"'{origin}'" in refuse_origin("localhost:8080", origin)


@pytest.mark.parametrize("given", [None, "", "secre", "secret ", "sécret"])
def test_without_the_token_the_robot_can_be_stopped_and_nothing_else(given: str | None) -> None:
    allowed = {action for action in ACTIONS if not refuse_action(action, given, "secret")}
    assert allowed == {"e_stop"}


def test_with_the_token_everything_is_allowed() -> None:
    assert not any(refuse_action(action, "secret", "secret") for action in ACTIONS)
