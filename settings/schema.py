"""The settings, typed and frozen: every key, its default and its meaning. Unknown keys stop the start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebSettings(Section):
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 lets a phone in the same network in.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    public_url: str = Field("", description="Address printed in QR codes and links; empty: the address listened on.")
    threads: int = Field(8, ge=1, le=64, description="Request threads of the one-process server.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded-* headers are believed."
    )
    max_upload_mb: int = Field(25, ge=1, le=200, description="Largest request body in MB.")
    rate_limit_storage: str = Field(
        "memory://",
        pattern=r"^(memory://|rediss?://\S+)$",
        description="Where attempts to sign in are counted: memory:// for one process, redis://… when several serve.",
    )


class DatabaseSettings(Section):
    url: str = Field("", description="SQLAlchemy address; empty: SQLite file linli.db in the data folder.")
    pool_size: int = Field(5, ge=1, le=100, description="Connections kept per process (PostgreSQL).")
    busy_timeout_seconds: float = Field(30, ge=1, description="How long a writer waits for another (SQLite).")


class TelegramSettings(Section):
    token: str = Field("", description="Bot token; set it by LINLI_TELEGRAM__TOKEN. Turns Telegram on.")
    base_url: str = Field(
        "https://api.telegram.org/bot", description="Bot API address, as python-telegram-bot's base_url."
    )
    base_file_url: str = Field(
        "", description="File address; empty: base_url with its closing /bot replaced by /file/bot."
    )
    poll_timeout_seconds: int = Field(25, ge=0, le=50, description="Long polling: how long one request waits.")
    proxy: str = Field("", description="HTTP proxy for the Bot API; empty: none.")

    @property
    def file_url(self) -> str:
        if self.base_file_url:
            return self.base_file_url
        head = self.base_url.removesuffix("/bot")
        return f"{head}/file/bot"


class DeliverySettings(Section):
    mode: Literal["off", "safelist", "live"] = Field(
        "safelist",
        description="What may be sent unasked: nothing, only to listed contacts, or to everyone. Answers always go.",
    )
    max_attempts: int = Field(8, ge=1, description="Attempts before an outbox row is put aside.")
    lease_seconds: int = Field(60, ge=5, description="How long a claimed outbox row belongs to its sender.")


class DemoSettings(Section):
    password: str = Field(
        "", description="Password of the demo accounts clerk, planner and admin; empty: made once and printed."
    )
    seed: int = Field(2022, description="Seed of the demo data.")


class PrivacySettings(Section):
    keeper: str = Field("社区居委会", description="Who keeps what residents say; shown in the notice.")
    keep_years: int = Field(2, ge=1, le=30, description="Years a finished complaint is kept.")
    notice_version: str = Field("2026-11", description="Version of the notice shown to residents.")


class AlertSettings(Section):
    next_person_after_minutes: int = Field(5, ge=1, description="When the next on-call person is told of a P0.")
    safety_answer_minutes: int = Field(10, ge=1, description="When an unanswered safety question goes to review.")

    @property
    def next_call_after(self) -> timedelta:
        return timedelta(minutes=self.next_person_after_minutes)


class NlpSettings(Section):
    processes: int = Field(
        0, ge=0, le=256, description="Processes for long inputs of `linli understand`; 0 means one for each core."
    )


class LogSettings(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level written.")
    json_lines: bool = Field(False, description="One JSON object a line instead of text.")


class Settings(Section):
    """Everything that can be set. ``data_dir`` holds everything that is written."""

    data_dir: Path = Field(Path("data"), description="Folder for everything that is written.")
    timezone: str = Field("Asia/Shanghai", description="Zone of residents and staff.")
    secret_key: str = Field("", description="Key of cookies and signed links; empty: made once in the data folder.")
    encryption_key: str = Field("", description="Key of telephone numbers; empty: made once in the data folder.")
    web: WebSettings = WebSettings()
    database: DatabaseSettings = DatabaseSettings()
    telegram: TelegramSettings = TelegramSettings()
    delivery: DeliverySettings = DeliverySettings()
    demo: DemoSettings = DemoSettings()
    privacy: PrivacySettings = PrivacySettings()
    alerts: AlertSettings = AlertSettings()
    nlp: NlpSettings = NlpSettings()
    log: LogSettings = LogSettings()

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {value!r}") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        if self.database.url:
            return self.database.url
        return f"sqlite:///{self.data_dir / 'linli.db'}"

    @property
    def upload_dir(self) -> Path:
        return self.data_dir / "uploads"
