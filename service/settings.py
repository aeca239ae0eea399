"""Every setting of the service, read once from the environment and frozen."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}")


class Settings(BaseSettings):
    """Settings of one process; every field is the environment variable `DUNWATCH_<FIELD>` in capitals."""

    model_config = SettingsConfigDict(env_prefix="DUNWATCH_", frozen=True, extra="forbid")

    data_dir: Path = Field(
        Path("var"),
        description="Directory of everything kept on this host: database, replica, keys, exports, evidence.",
    )
    database_url: str | None = Field(
        None,
        pattern="^postgres(ql)?://",
        description="PostgreSQL 18 to use; when empty, an embedded server is started in `data_dir`.",
    )
    database_pool_size: int = Field(8, ge=2, le=200, description="Connections each process may open.")
    database_statement_cache: int = Field(
        512, ge=0, description="Prepared statements kept per connection; 0 behind PgBouncer before 1.21."
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    workers: int = Field(1, ge=1, le=64, description="API worker processes.")
    scorers: int = Field(1, ge=1, le=16, description="Scoring processes.")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="Networks (JSON list) whose `X-Forwarded-For` is believed for a reporter's address."
    )
    log_format: str = Field("console", pattern="^(console|json)$", description="`console` or `json`.")
    model_path: Path | None = Field(
        None, description="Scoring model; when empty, the one shipped in `ml/models`."
    )
    catalogue_dir: Path | None = Field(
        None,
        description="Directory of channels, rules, violations and routing; when empty, the catalogue shipped.",
    )
    print_font: Path | None = Field(
        None,
        description="TrueType font with Chinese that printed documents embed; when empty, readers use one of their own.",
    )

    evidence_url: str | None = Field(
        None,
        pattern="^s3://",
        description="Bucket for evidence, such as `s3://bucket/prefix`; when empty, a directory in `data_dir`.",
    )
    evidence_max_bytes: int = Field(
        25 * 1024 * 1024, ge=1024, le=1024**3, description="Largest piece of evidence."
    )
    evidence_max_files: int = Field(20, ge=1, le=1000, description="Pieces of evidence of one report.")
    evidence_max_total_bytes: int = Field(
        500 * 1024 * 1024, ge=1024, description="Evidence of one reporter, in bytes."
    )

    publish_min_reporters: int = Field(
        3, ge=1, description="Distinct reporters below which a look-up says nothing but `unknown`."
    )
    stale_after_seconds: float = Field(
        5.0, gt=0, description="Age of the replica, in seconds, from which answers say `stale`."
    )
    poll_seconds: float = Field(
        0.1, gt=0, le=60, description="Pause, in seconds, of scorer and follower when there is nothing to do."
    )
    score_batch: int = Field(2000, ge=1, le=20000, description="Numbers scored in one transaction.")
    replica_map_gib: int = Field(
        16, ge=1, description="Address space of the replica in GiB (a limit, not a size)."
    )

    export_days: int = Field(30, ge=1, description="Days for which the files of an export are kept.")
    export_request_days: int = Field(
        30, ge=1, description="Days after which a request for an export lapses that nobody has decided about."
    )
    operator: str | None = Field(
        None,
        max_length=500,
        description="Who runs this service and how to reach them, for the privacy notice.",
    )
    retain_reports_days: int = Field(
        1095,
        ge=30,
        description="Days after which reports are deleted; by default the three years of a civil claim.",
    )
    retain_retracted_days: int = Field(
        30,
        ge=1,
        description="Days after which retracted reports are deleted; exports tell of them until then.",
    )
    retain_idle_days: int = Field(
        730,
        ge=30,
        description="Days after which reporters without reports, and owners without an open dispute, go.",
    )
    retain_statements_days: int = Field(
        365,
        ge=30,
        description="Days after the end of a dispute after which what its owner said is destroyed.",
    )

    proof_of_work_cost: int = Field(
        5000,
        ge=1,
        description="PBKDF2 rounds of each of the about 256 tries that a new reporter's device makes.",
    )
    webhook_allow_private: bool = Field(
        False,
        description="Webhooks may be private addresses and http: for trying out on one's own machine only.",
    )
    max_body_bytes: int = Field(64 * 1024, ge=1024, description="Largest request body, except batches.")
    max_batch_bytes: int = Field(
        8 * 1024 * 1024, ge=1024, description="Largest body of a batch or bulk look-up."
    )
    lookup_limit_per_second: int = Field(
        1000, ge=1, description="Look-ups a second for a key that names no limit of its own."
    )
    report_limit_per_hour: int = Field(60, ge=1, description="Reports an hour for one reporter.")
    code_sender: Literal["off", "gateway", "log"] = Field(
        "off",
        description="How codes reach the owners of numbers: `off`, `gateway`, or `log`, which writes them to the log and is "
        "meant for development on a loopback address.",
    )
    code_gateway_url: str | None = Field(
        None,
        description="Address to which codes are posted, to be sent as text messages or read out in calls.",
    )
    code_gateway_secret: SecretStr | None = Field(
        None, description="Secret with which what is posted there is signed: `whsec_` and base64."
    )
    code_limit_per_hour: int = Field(
        5, ge=1, description="Codes an hour that one network may ask for, for all numbers together."
    )
    signup_limit_per_hour: int = Field(30, ge=1, description="New reporters an hour from one network.")
    request_limit_per_second: int = Field(
        50, ge=1, description="Other requests a second for one key or network."
    )

    @field_validator("code_sender")
    @classmethod
    def _codes_stay_here(cls, sender: str, info: ValidationInfo) -> str:
        """A log with codes is no proof of control: not where others can reach the service."""
        host = str(info.data.get("host", ""))
        if sender == "log" and not (host == "localhost" or host.startswith("127.") or host == "::1"):
            raise ValueError("codes are written to the log only while the API listens on a loopback address")
        return sender

    @field_validator("code_gateway_url")
    @classmethod
    def _gateway_has_an_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("a gateway's address begins with https://, or http:// on one's own network")
        return url

    @field_validator("code_gateway_secret")
    @classmethod
    def _gateway_has_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("a gateway's secret is whsec_ and the base64 of 24 to 64 random bytes")
        return secret

    @model_validator(mode="after")
    def _gateway_is_whole(self) -> Self:
        if self.code_sender == "gateway" and not (self.code_gateway_url and self.code_gateway_secret):
            raise ValueError(
                "the sender `gateway` needs DUNWATCH_CODE_GATEWAY_URL and DUNWATCH_CODE_GATEWAY_SECRET"
            )
        return self

    @cached_property
    def postgres_dir(self) -> Path:
        """Data directory of the embedded PostgreSQL."""
        return self.data_dir / "postgres"

    @cached_property
    def replica_dir(self) -> Path:
        """Directory of the memory-mapped replica."""
        return self.data_dir / "replica"

    @cached_property
    def keys_dir(self) -> Path:
        """Directory of the secret keys, made at first start."""
        return self.data_dir / "keys"

    @cached_property
    def ledger_note(self) -> Path:
        """What this host signed last of the ledger, beside the key that signed it."""
        return self.keys_dir / "ledger.note"

    @cached_property
    def exports_dir(self) -> Path:
        """Directory of finished exports."""
        return self.data_dir / "exports"

    @cached_property
    def evidence_dir(self) -> Path:
        """Directory of evidence, where no bucket is set."""
        return self.data_dir / "evidence"

    @cached_property
    def metrics_dir(self) -> Path:
        """Directory through which the processes of this host share their metrics."""
        return self.data_dir / "metrics"
