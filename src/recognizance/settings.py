"""Settings: one frozen record, read once from flags, environment and a TOML file; this module is their only reader.

Precedence: command line, then `RECOGNIZANCE_*` variables, then the TOML file, then the defaults below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from recognizance.errors import SettingsError

PREFIX = "RECOGNIZANCE_"


def _default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "recognizance"


class Settings(BaseSettings):
    """Everything an operator can choose; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Field(
        default_factory=_default_data,
        description="Folder of everything the server keeps: database, keys, weights, buckets.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Put TLS in front before leaving loopback.")
    port: int = Field(5080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL, such as postgresql+psycopg://user@host/name; empty: SQLite in the data folder.",
    )
    models_dir: Path | None = Field(None, description="Folder of the weights; empty: models/ in the data folder.")
    pack: str = Field(
        "default",
        description="Model pack: default, fast (no mirrored image), or the name of a card in the data folder.",
    )
    workers: int | None = Field(
        None, ge=1, le=256, description="Requests worked on at once; empty: one for each core this process may use."
    )
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]{1,32}$", description="Region that `env` prints for clients.")
    account: str = Field("000000000000", pattern=r"^\d{12}$", description="Account number that stands in ARNs.")
    max_body_mib: int = Field(16, ge=1, le=256, description="Largest request body in MiB.")
    max_megapixels: int = Field(100, ge=1, le=1000, description="Largest picture that is decoded, in megapixels.")
    fpir_target: float = Field(
        0.001,
        gt=0,
        lt=1,
        description="Share of searches for people who are not enrolled that may return somebody: how strict the "
        "gallery-aware threshold is.",
    )
    s3_endpoint: str | None = Field(
        None, description="S3 endpoint for S3Object inputs; empty: the folders under buckets/ of the data folder."
    )
    s3_region: str = Field("us-east-1", description="Region used towards the S3 endpoint.")
    s3_access_key: str | None = Field(None, description="Access key id towards the S3 endpoint.")
    s3_secret_key: SecretStr | None = Field(None, description="Secret key towards the S3 endpoint.")
    max_video_mib: int = Field(10_240, ge=1, description="Largest stored video in MiB.")
    video_workers: int = Field(
        1, ge=0, le=64, description="Worker processes for stored video that `serve` starts; 0 leaves them to `worker`."
    )
    job_days: int = Field(7, ge=1, le=3650, description="Days for which results of video jobs are kept.")
    most_jobs: int = Field(20, ge=1, le=100_000, description="Video jobs that may wait or run at once.")
    sns_endpoint: str | None = Field(
        None, description="SNS endpoint that is told of ended jobs; empty: topics named by clients are not told."
    )
    webhook: str | None = Field(None, description="URL that is told of every ended job by POST.")
    streams: dict[str, str] = Field(
        {},
        description="Where cameras are and records go, by the ARN of the Kinesis stream that stands for each; JSON.",
    )
    log_format: Literal["text", "json"] = Field("text", description="One line of text or of JSON for each request.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe line that is logged."
    )

    @model_validator(mode="after")
    def _s3_is_whole(self) -> Settings:
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            raise ValueError("s3_access_key and s3_secret_key are given together or not at all")
        return self

    @property
    def models_folder(self) -> Path:
        """Where weights are kept."""
        return self.models_dir or self.data / "models"

    @property
    def worker_count(self) -> int:
        """Requests worked on at once."""
        return self.workers or available_cores()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over file; `.env` and secret folders are not read."""
        toml = os.environ.get(PREFIX + "CONFIG")
        file = (TomlConfigSettingsSource(settings_cls, Path(toml)),) if toml else ()
        return (init_settings, env_settings, *file)


def load_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `flags` are those given on the command line, None meaning not given.

    Raises SettingsError naming each setting that cannot be used and why.
    """
    config = os.environ.get(PREFIX + "CONFIG")
    if config and not Path(config).is_file():
        raise SettingsError(f"{PREFIX}CONFIG names {config}, which is no file; correct the path or unset it")
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"settings cannot be used: {problems}") from None
    except ValueError as error:  # TOML that does not parse
        raise SettingsError(f"{config} cannot be read as TOML: {error}") from None


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_settings() -> list[tuple[str, str, str]]:
    """(environment name, default, sentence) of every setting, for the command line and the docs."""
    rows = []
    for name, info in Settings.model_fields.items():
        default = "$XDG_DATA_HOME/recognizance" if name == "data" else info.default
        rows.append((PREFIX + name.upper(), "" if default is None else str(default), cast("str", info.description)))
    return rows
