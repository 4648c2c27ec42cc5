"""Settings: an argument goes over the environment, the environment over the default."""

from __future__ import annotations

import getpass
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from health.errors import HealthError
from health.settings import InvalidSetting, Settings, table

WORDS = {"ALLOW_ANONYMOUS": "True", "LOG_FORMAT": "json", "LOG_LEVEL": "debug"}


def test_without_anything_said_the_dashboard_keeps_to_this_machine_and_its_own_folder() -> None:
    settings = Settings.read({})
    assert settings.database == Path("data/health.duckdb")
    assert settings.host == "127.0.0.1"
    assert settings.port == 8501
    assert settings.max_upload_mb == 200


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("database", "/srv/health.duckdb", Path("/srv/health.duckdb")),
        ("host", "0.0.0.0", "0.0.0.0"),
        ("port", "9000", 9000),
        ("currency", "EUR", "EUR"),
        ("max_upload_mb", "50", 50),
        ("memory_limit", "4GB", "4GB"),
        ("threads", "2", 2),
        ("user", "ada@example.org", "ada@example.org"),
        ("undo_days", "90", 90),
    ],
)
def test_the_environment_goes_over_the_default(name: str, text: str, value: object) -> None:
    settings = Settings.read({f"CLIENT_HEALTH_{name.upper()}": text})
    assert getattr(settings, name) == value


def test_every_setting_can_come_from_the_environment() -> None:
    given = {one.variable: str(number) for number, one in enumerate(table(), start=100)}
    given |= {f"CLIENT_HEALTH_{name}": text for name, text in WORDS.items()}
    settings = Settings.read(given)
    read = {f"CLIENT_HEALTH_{name.upper()}": value for name, value in vars(settings).items()}
    alerts = vars(read.pop("CLIENT_HEALTH_ALERTS"))
    read |= {f"CLIENT_HEALTH_ALERT_{name.upper()}": value for name, value in alerts.items()}
    assert {variable: str(value) for variable, value in read.items()} == given


def test_the_table_says_of_every_setting_what_it_is_and_its_default() -> None:
    rows = {one.variable: one for one in table()}
    assert rows["CLIENT_HEALTH_PORT"].default == "8501"
    assert rows["CLIENT_HEALTH_ALERT_FEED_DAYS"].description == "days without usage"
    assert rows["CLIENT_HEALTH_LOG_FORMAT"].words == ("text", "json")
    for one in rows.values():
        assert one.description
        assert Settings.read({one.variable: one.default}) == Settings.read({})


def test_the_process_environment_is_the_one_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_HEALTH_PORT", "9001")
    assert Settings.read().port == 9001


def test_an_argument_goes_over_the_environment() -> None:
    assert Settings.read({"CLIENT_HEALTH_PORT": "9000"}, port=9002).port == 9002


def test_an_argument_of_none_counts_as_not_given() -> None:
    assert Settings.read({"CLIENT_HEALTH_PORT": "9000"}, port=None).port == 9000


def test_an_empty_variable_counts_as_not_given() -> None:
    assert Settings.read({"CLIENT_HEALTH_PORT": ""}).port == 8501


def test_a_number_of_zero_counts_as_given() -> None:
    assert Settings.read({"CLIENT_HEALTH_PORT": "9000"}, port=0).port == 0


def test_a_path_may_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    settings = Settings.read({"CLIENT_HEALTH_DATABASE": "~/health.duckdb"})
    assert settings.database == Path("/home/ada/health.duckdb")


@pytest.mark.parametrize("text", ["many", "8501.5", "1e3"])
def test_a_number_that_is_none_is_named_with_its_variable(text: str) -> None:
    with pytest.raises(InvalidSetting, match=f"CLIENT_HEALTH_PORT is “{text}”") as raised:
        Settings.read({"CLIENT_HEALTH_PORT": text})
    assert isinstance(raised.value, HealthError)


def test_the_way_back_of_an_import_is_at_least_ninety_days() -> None:
    with pytest.raises(InvalidSetting, match=r"UNDO_DAYS is 89, but .* at least 90 days"):
        Settings.read({"CLIENT_HEALTH_UNDO_DAYS": "89"})


def test_who_is_not_named_is_the_one_who_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "grace")
    assert Settings.read({}).user == "grace"


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_machine_that_knows_no_login_name_has_an_unknown_user(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nobody() -> str:
        raise error("no login name")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert Settings.read({}).user == "unknown"


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.read({}).port = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["allow_anonymous", "log_format", "log_level"])
def test_a_word_that_is_not_known_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(InvalidSetting, match=r"must be one of .+, "):
        Settings.read({f"CLIENT_HEALTH_{name.upper()}": "perhaps"})
