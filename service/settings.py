"""Every setting of the service, read once from the environment and a file, and frozen."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from service.settings_file import PREFIX, FileSource

_WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}")


class Settings(BaseSettings):
    """The settings of one process.

    Each field is read from the environment variable `DUNWATCH_<FIELD>` in capitals, or from a line of that name in the
    file that `DUNWATCH_SETTINGS_FILE` names; the environment wins.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    settings_file: Path | None = Field(
        None,
        description="File with lines of the form `NAME=value` that sets what the environment does not; when empty, only "
        "the environment counts.",
    )

    data_dir: Path = Field(
        Path("var"),
        description="Directory that holds everything this host stores: database, replica, keys, exports and evidence.",
    )
    database_url: str | None = Field(
        None,
        pattern="^postgres(ql)?://",
        description="URL of the PostgreSQL 18 server to use; when empty, an embedded server runs in `data_dir`.",
    )
    database_pool_size: int = Field(
        8, ge=2, le=200, description="Number of connections that each process may open."
    )
    database_statement_cache: int = Field(
        512,
        ge=0,
        description="Number of prepared statements kept per connection; set it to 0 behind PgBouncer before 1.21.",
    )
    host: str = Field("127.0.0.1", description="Address on which the API listens.")
    port: int = Field(8000, ge=1, le=65535, description="Port on which the API listens.")
    lookup_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Port on which look-ups have a listener and a process of their own; when empty, the port after "
        "`DUNWATCH_PORT` is used if it is free, and 0 means none.",
    )
    workers: int = Field(1, ge=1, le=64, description="Number of API worker processes.")
    scorers: int = Field(1, ge=1, le=16, description="Number of scoring processes.")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        (),
        description="Networks, as a JSON list, of proxies that are trusted to say for whom they forward a request.",
    )
    forwarded_header: Literal["x-forwarded-for", "forwarded"] = Field(
        "x-forwarded-for",
        description="Header in which trusted proxies name the client: `forwarded` is that of RFC 7239. The other one is "
        "ignored, because clients could send it.",
    )
    log_format: str = Field(
        "console",
        pattern="^(console|json)$",
        description="Format of the log: `console` for people, `json` for programs.",
    )
    model_path: Path | None = Field(
        None, description="File of the scoring model; when empty, the one shipped in `ml/models` is used."
    )
    catalogue_dir: Path | None = Field(
        None,
        description="Directory of channels, rules, violations and routing; when empty, the shipped catalogue is used.",
    )
    print_font: Path | None = Field(
        None,
        description="TrueType font with Chinese glyphs that printed documents embed; when empty, the reader's "
        "program chooses one.",
    )

    evidence_url: str | None = Field(
        None,
        pattern="^s3://",
        description="Bucket that stores evidence, such as `s3://bucket/prefix`; when empty, a directory in "
        "`data_dir` does.",
    )
    evidence_max_bytes: int = Field(
        25 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Largest size of one piece of evidence other than a video, in bytes.",
    )
    evidence_max_video_bytes: int = Field(
        200 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Largest size of one video, in bytes; below `evidence_max_bytes` it has no effect.",
    )
    evidence_max_files: int = Field(
        20, ge=1, le=1000, description="Largest number of pieces of evidence per report."
    )
    evidence_max_total_bytes: int = Field(
        500 * 1024 * 1024, ge=1024, description="Largest total size of one reporter's evidence, in bytes."
    )
    evidence_network_day_bytes: int = Field(
        4 * 1024**3,
        ge=1024,
        description="Largest total size of the evidence that one network uploads on one day in China, in bytes.",
    )
    evidence_max_all_bytes: int = Field(
        256 * 1024**3,
        ge=1024,
        description="Largest total size of all evidence, in bytes; beyond it evidence is refused; reports are still "
        "taken.",
    )
    evidence_reserve_bytes: int = Field(
        1024**3,
        ge=0,
        description="Space on the disk of evidence, in bytes, that evidence leaves free for reports; it has no effect where "
        "a bucket stores evidence.",
    )

    publish_min_reporters: int = Field(
        3, ge=1, description="Number of distinct reporters below which look-ups answer only `unknown`."
    )
    stale_after_seconds: float = Field(
        5.0, gt=0, description="Age of the replica, in seconds, from which answers are marked `stale`."
    )
    poll_seconds: float = Field(
        0.1,
        gt=0,
        le=60,
        description="Pause, in seconds, that scorer and follower make when there is nothing to do.",
    )
    score_batch: int = Field(
        2000, ge=1, le=20000, description="Number of phone numbers scored in one transaction."
    )
    replica_map_gib: int = Field(
        16, ge=1, description="Address space reserved for the replica, in GiB; it is a limit, not the size."
    )

    export_days: int = Field(
        30, ge=1, description="Number of days for which the files of an export are kept."
    )
    export_request_days: int = Field(
        30, ge=1, description="Number of days after which an undecided export request lapses."
    )
    operator: str | None = Field(
        None,
        max_length=500,
        description="Name and contact details of the operator, which the privacy notice shows.",
    )
    retain_reports_days: int = Field(
        1095,
        ge=30,
        description="Number of days after which reports are deleted; the default is the three-year limitation period "
        "of civil claims.",
    )
    retain_retracted_days: int = Field(
        30,
        ge=1,
        description="Number of days after which retracted reports are deleted; until then, their retraction is exported.",
    )
    retain_idle_days: int = Field(
        730,
        ge=30,
        description="Number of days after which reporters without reports and owners without an open dispute are deleted.",
    )
    retain_statements_days: int = Field(
        365,
        ge=30,
        description="Number of days after the end of a dispute after which the owner's statements are destroyed.",
    )

    proof_of_work_cost: int = Field(
        5000,
        ge=1,
        description="Number of PBKDF2 rounds in each of the about 256 attempts that a new reporter's device makes.",
    )
    webhook_allow_private: bool = Field(
        False,
        description="Allows webhooks to use private addresses and http; enable it only for trials on your own machine.",
    )
    max_body_bytes: int = Field(
        64 * 1024, ge=1024, description="Largest request body in bytes, except for batches."
    )
    max_batch_bytes: int = Field(
        8 * 1024 * 1024, ge=1024, description="Largest body of a batch or bulk look-up, in bytes."
    )
    lookup_limit_per_second: int = Field(
        1000, ge=1, description="Number of look-ups per second allowed to a key that has no limit of its own."
    )
    report_limit_per_hour: int = Field(
        60, ge=1, description="Number of reports per hour allowed to one reporter."
    )
    code_sender: Literal["off", "gateway", "log"] = Field(
        "off",
        description="Sender of codes to the owners of numbers: `gateway` posts them to your gateway, `log` writes them to "
        "the log and is meant for development on a loopback address, `off` sends none.",
    )
    code_gateway_url: str | None = Field(
        None,
        description="Address to which codes are posted; the gateway sends them as text messages or reads them out in "
        "calls.",
    )
    code_gateway_secret: SecretStr | None = Field(
        None, description="Secret that signs what is posted to the gateway: `whsec_` followed by base64."
    )
    code_limit_per_hour: int = Field(
        5,
        ge=1,
        description="Number of codes per hour that one network may request, for all numbers together.",
    )
    signup_limit_per_hour: int = Field(
        30, ge=1, description="Number of new reporters per hour allowed from one network."
    )
    page_signups_per_hour: int = Field(
        300,
        ge=1,
        description="Number of new reporters per hour that the pages allow one network: behind a carrier's, thousands "
        "share an address. What they may report together stays what the other limits allow.",
    )
    page_lookups_per_hour: int = Field(
        300, ge=1, description="Number of look-ups per hour that the pages allow one network or one reporter."
    )
    exit_url: str = Field(
        "https://www.baidu.com/",
        pattern="^https?://[!-~]+$",
        description="Address to which the pages' button “leave quickly” leads.",
    )
    site_note: str | None = Field(
        None,
        max_length=500,
        description="Line at the foot of every page, such as the ICP filing number that a site in China must show.",
    )
    request_limit_per_second: int = Field(
        50, ge=1, description="Number of other requests per second allowed to one key or network."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, those that win first."""
        return init_settings, env_settings, FileSource(settings_cls)

    @field_validator("code_sender")
    @classmethod
    def _codes_stay_here(cls, sender: str, info: ValidationInfo) -> str:
        """Refuse the log as sender where others can reach the service: whoever reads it could act as any owner."""
        host = str(info.data.get("host", ""))
        if sender == "log" and not (host == "localhost" or host.startswith("127.") or host == "::1"):
            raise ValueError(
                "codes may be written to the log only while the API listens on a loopback address, such as 127.0.0.1"
            )
        return sender

    @field_validator("code_gateway_url")
    @classmethod
    def _gateway_has_an_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError(
                "a gateway's address must begin with https://, or with http:// on your own network"
            )
        return url

    @field_validator("code_gateway_secret")
    @classmethod
    def _gateway_has_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError(
                "a gateway's secret must be whsec_ followed by the base64 of 24 to 64 random bytes"
            )
        return secret

    @model_validator(mode="after")
    def _gateway_is_whole(self) -> Self:
        if self.code_sender == "gateway" and not (self.code_gateway_url and self.code_gateway_secret):
            raise ValueError(
                "DUNWATCH_CODE_SENDER=gateway requires DUNWATCH_CODE_GATEWAY_URL and DUNWATCH_CODE_GATEWAY_SECRET"
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
        """Directory of the secret keys, which the first start creates."""
        return self.data_dir / "keys"

    @cached_property
    def ledger_note(self) -> Path:
        """File that holds the last note of the ledger this host signed, beside the key that signed it."""
        return self.keys_dir / "ledger.note"

    @cached_property
    def exports_dir(self) -> Path:
        """Directory of finished exports."""
        return self.data_dir / "exports"

    @cached_property
    def evidence_dir(self) -> Path:
        """Directory of evidence when no bucket is set."""
        return self.data_dir / "evidence"

    @cached_property
    def restoring_dir(self) -> Path:
        """Directory in which a backup is put together again; what is not whole yet is there."""
        return self.data_dir / ".restoring"

    @cached_property
    def restored_dir(self) -> Path:
        """Directory of a restore that is whole and is being moved into place."""
        return self.data_dir / ".restored"

    @cached_property
    def metrics_dir(self) -> Path:
        """Directory through which the processes of this host share their metrics."""
        return self.data_dir / "metrics"
