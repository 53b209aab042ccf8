"""Settings are checked at start-up: a typing error is one sentence that names the variable and what would do."""

import os

import pytest

from app.main import telemetry
from app.settings import BadSettings, Settings, load, without_password


def test_the_defaults_are_a_ledger_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    settings = load({})
    assert settings.database == "sqlite:////somewhere/entente/entente.db"
    assert (settings.host, settings.port, settings.cors_origins) == ("127.0.0.1", 8000, ("*",))


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ENTENTE_PRT", "80", "did you mean ENTENTE_PORT?"),
        ("ENTENTE_XYZZY", "80", "ENTENTE_DATABASE_URL"),
        ("ENTENTE_PORT", "abc", "must be a whole number (it is 'abc')"),
        ("ENTENTE_PORT", "70000", "must be at most 65535"),
        ("ENTENTE_WORKERS", "0", "must be at least 1"),
        ("ENTENTE_SAMPLE", "maybe", "must be true or false"),
        ("ENTENTE_LOG_LEVEL", "loud", "must be one of debug, info, warning or error"),
        ("ENTENTE_RATE_ADDRESS", "often", "such as 100/minute"),
        ("ENTENTE_RATE_KEY", "10/fortnight", "such as 100/minute"),
        ("ENTENTE_CORS_ORIGINS", "example.org", "is no origin"),
        ("ENTENTE_CORS_ORIGINS", "https://a.test/path", "is no origin"),
        ("ENTENTE_DATABASE_URL", "mysql://u:hunter2@h/d", "must begin with sqlite:/// or postgresql://"),
    ],
)
def test_a_fault_names_its_variable_and_the_fix(variable: str, value: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load({variable: value})
    message = str(caught.value)
    assert variable in message
    assert words in message
    assert "hunter2" not in message
    if variable in {"ENTENTE_PORT", "ENTENTE_WORKERS"}:
        assert f"For example: {variable}=" in message


def test_all_faults_are_told_at_once_and_other_variables_are_not_ours() -> None:
    with pytest.raises(BadSettings) as caught:
        load({"ENTENTE_PORT": "x", "ENTENTE_WORKERS": "x", "PORT": "x"})
    assert len(str(caught.value).splitlines()) == 2


def test_settings_survive_the_way_to_a_worker() -> None:
    given = {"ENTENTE_CORS_ORIGINS": "https://a.test, https://b.test", "ENTENTE_SAMPLE": "false", "entente_port": "9"}
    settings = load(given)
    assert settings.cors_origins == ("https://a.test", "https://b.test")
    assert load(settings.as_variables()) == settings
    assert load(Settings(cors_origins=()).as_variables()).cors_origins == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db:5432/graph", "postgresql://me:***@db:5432/graph"),
        ("postgresql://me:p@ss:word@db/graph", "postgresql://me:***@db/graph"),
        ("postgresql://db/graph?password=hunter2&user=me", "postgresql://db/graph?password=***&user=me"),
        ("postgresql://me@/graph?host=/run/pg&sslpassword=x", "postgresql://me@/graph?host=/run/pg&sslpassword=***"),
        ("sqlite:////data/entente.db", "sqlite:////data/entente.db"),
        ("sqlite:///entente.db", "sqlite:///entente.db"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
    settings = load({"ENTENTE_DATABASE_URL": url})
    assert settings.database == url
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_telemetry_is_wanted_by_whoever_sets_opentelemetry_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    assert set(telemetry().values()) == {False}
    monkeypatch.setenv("OTEL_SERVICE_NAME", "entente")
    assert set(telemetry().values()) == {True}
