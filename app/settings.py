"""What can be set: every ENTENTE_* variable, checked at start-up; a fault names the variable and the fix."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app import rates
from graph.text import nearest

PREFIX = "ENTENTE_"


class BadSettings(Exception):  # noqa: N818 - read as a sentence, as the rest of the error tree is
    """The environment can't be served with; `str()` is one line per fault."""


def default_database() -> str:
    """The embedded ledger of this user, the same from whatever folder the command is run."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return f"sqlite:///{Path(home) / 'entente' / 'entente.db'}"


class Settings(BaseSettings):
    """Every setting; the variable is the name in capitals behind `ENTENTE_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: SecretStr = Field(
        default_factory=lambda: SecretStr(default_database()),
        description="where the ledger is: sqlite:///<file> or postgresql://<user>@<host>/<database>",
        examples=["sqlite:////var/lib/entente/entente.db"],
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on", examples=["0.0.0.0"])  # noqa: S104 - an example, not the default
    port: int = Field(
        8000, ge=0, le=65535, description="the port to listen on; 0 takes any free one", examples=["8000"]
    )
    workers: int = Field(1, ge=1, le=64, description="how many processes answer", examples=["2"])
    sample: bool = Field(
        default=True, description="load the sample graph into an empty database at start", examples=["false"]
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("*",),
        description="the web origins whose pages may read: *, or a comma-separated list, or nothing for none",
        examples=["https://example.org,https://example.net"],
    )
    max_url: int = Field(8 * 1024, ge=256, description="the longest path with its query, in bytes", examples=["8192"])
    max_headers: int = Field(
        16 * 1024, ge=1024, description="the most bytes of headers in a request", examples=["16384"]
    )
    max_body: int = Field(1024 * 1024, ge=0, description="the largest request body, in bytes", examples=["1048576"])
    max_upload: int = Field(
        4 * 1024**3,
        ge=0,
        description="the largest file that may be sent to be imported, in bytes",
        examples=["1073741824"],
    )
    uploads: str = Field(
        "",
        description="the folder where such files lie until they are imported; nothing for one beside the ledger",
        examples=["/var/lib/entente/uploads"],
    )
    min_revision_wait: int = Field(
        250,
        ge=0,
        le=60_000,
        description="milliseconds to wait for the revision a request asks for by Entente-Min-Revision",
        examples=["250"],
    )
    readers: int = Field(
        4, ge=1, le=64, description="threads for questions that read texts or history from the ledger", examples=["4"]
    )
    query_threads: int = Field(
        2, ge=1, le=64, description="threads for questions that pass over many relations", examples=["2"]
    )
    query_time: int = Field(
        10, ge=1, le=3600, description="seconds after which such a question is given up", examples=["10"]
    )
    query_processes: int = Field(
        1, ge=1, le=64, description="processes that measure whole graphs, started when needed", examples=["1"]
    )
    fold_age: int = Field(
        5, ge=0, le=3600, description="seconds by which a measure of the whole graph may lag behind", examples=["5"]
    )
    streams: int = Field(
        100,
        ge=1,
        le=10_000,
        description="how many clients may follow /changes/stream of a worker at a time",
        examples=["100"],
    )
    heartbeat: int = Field(
        15, ge=1, le=600, description="seconds after which a stream without news sends a comment", examples=["15"]
    )
    rate_address: Annotated[str, AfterValidator(rates.check)] = Field(
        "",
        max_length=200,
        description="how often one address may ask a worker, health apart; nothing for no limit",
        examples=["100/minute"],
    )
    rate_key: Annotated[str, AfterValidator(rates.check)] = Field(
        "",
        max_length=200,
        description="how often one key may write through a worker; nothing for no limit",
        examples=["10/second;1000/hour"],
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="how much is logged", examples=["info"]
    )
    access_log: bool = Field(default=False, description="log one line for each request", examples=["true"])

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(part.strip() for part in value.split(",") if part.strip())
        for origin in origins:
            split = urlsplit(origin)
            if origin != "*" and (split.scheme not in {"http", "https"} or not split.netloc or split.path):
                reason = f"has '{origin}', which is no origin: scheme and host only, as https://example.org"
                raise ValueError(reason)
        return origins

    @field_validator("database_url", mode="after")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            reason = "must begin with sqlite:/// or postgresql://"
            raise ValueError(reason)
        return value

    def as_variables(self) -> dict[str, str]:
        """The settings as an environment, from which `load` makes the same ones."""
        texts = {name: _text(getattr(self, name)) for name in type(self).model_fields}
        return {f"{PREFIX}{name.upper()}": text for name, text in texts.items()}

    @property
    def database(self) -> str:
        """The database URL with its password: for opening it only, never for showing."""
        return self.database_url.get_secret_value()

    @property
    def uploads_folder(self) -> Path:
        """Where uploads lie: as it is set, else beside an SQLite ledger, else where this user's own ledger would be."""
        if self.uploads:
            return Path(self.uploads)
        ledger = self.database if self.database.startswith("sqlite") else default_database()
        file = Path(ledger.removeprefix("sqlite:///"))
        return file.with_name(f"{file.name}-uploads")

    @property
    def database_shown(self) -> str:
        """The database URL as it may be printed and logged."""
        return without_password(self.database)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raises BadSettings with all faults at once."""
    environ = os.environ if environ is None else environ
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    given: dict[str, Any] = {}
    faults = []
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX):
            continue
        if field := known.get(variable.upper()):
            given[field] = environ[variable]
        else:
            near = nearest(variable[len(PREFIX) :], known.values())
            hint = f"did you mean {PREFIX}{near.upper()}?" if near else f"the settings are {', '.join(sorted(known))}."
            faults.append(f"{variable} is not a setting: {hint}")
    settings = None
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults += [_fault(entry) for entry in error.errors()]
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    return settings


def without_password(url: str) -> str:
    """A database URL with stars for every password, in the authority and in the query."""
    scheme, authority, path, query, _ = urlsplit(url)
    if "@" in authority:
        user, _, host = authority.rpartition("@")
        name, colon, _ = user.partition(":")
        authority = f"{name}{':***' if colon else ''}@{host}"
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        query = "&".join(f"{name}={'***' if 'pass' in name.lower() else value}" for name, value in pairs)
    if scheme == "sqlite":
        return f"sqlite://{path}"
    return urlunsplit((scheme, authority, path, query, ""))


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fault(entry: Any) -> str:  # noqa: ANN401 - pydantic's error dictionaries are untyped
    """One sentence: the variable, what it must be, and a line that would do."""
    name = str(entry["loc"][0])
    field = Settings.model_fields[name]
    context = entry.get("ctx", {})
    kind = entry["type"]
    if kind == "literal_error":
        wants = f"must be one of {context['expected'].replace(chr(39), '')}"
    elif kind == "int_parsing":
        wants = "must be a whole number"
    elif kind == "bool_parsing":
        wants = "must be true or false"
    elif kind == "greater_than_equal":
        wants = f"must be at least {context['ge']}"
    elif kind == "less_than_equal":
        wants = f"must be at most {context['le']}"
    elif kind == "value_error":
        wants = str(context["error"])
    else:
        wants = "can't be used"
    variable = f"{PREFIX}{name.upper()}"
    shown = "" if name == "database_url" else f" (it is '{str(entry['input'])[:80]}')"
    example = (field.examples or [""])[0]
    return f"{variable} {wants}{shown}: {field.description}. For example: {variable}={example}"
