"""Makes the web application: rooms of routes, security, error pages, languages, static files."""

from __future__ import annotations

import hashlib
import importlib
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import structlog
from flask import Flask, request, session
from flask_babel import Babel, get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from web import compression, errors, health, security
from web.desk import frame
from web.house import House

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parent
ROOMS = (
    "web.chat.views",
    "web.desk.signin",
    "web.desk.inbox",
    "web.desk.complaint",
    "web.desk.actions",
    "web.desk.filing",
    "web.desk.alerts",
    "web.desk.calls",
    "web.desk.outbox",
    "web.desk.chats",
    "web.desk.settings",
    "web.desk.plans",
    "web.desk.promote",
    "web.desk.notices",
    "web.desk.topics",
    "web.desk.lexicon",
    "web.desk.teaching",
    "web.desk.model_card",
)
LANGUAGES = ("zh", "en")
SESSION_LASTS = timedelta(hours=12)
STATIC_LASTS_SECONDS = 31536000


def create_app(house: House) -> Flask:
    """The application over this house. Serving may set ``app.extensions["readiness"]`` to a ``() -> bool``."""
    settings = house.settings
    app = Flask("web", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=house.keys.secret,
        MAX_CONTENT_LENGTH=settings.web.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="linli_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must still send what was typed
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT.parent / "translations"),
        SEND_FILE_MAX_AGE_DEFAULT=None,
        RATELIMIT_STORAGE_URI=settings.web.rate_limit_storage,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,  # a Redis that is away must not lock the office out
    )
    app.extensions["house"] = house
    app.extensions.setdefault("readiness", lambda: True)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["get_locale"] = get_locale
    if settings.web.trusted_proxies:
        hops = settings.web.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask documents it
    Babel(app, locale_selector=choose_language)
    security.guard(app)
    errors.install(app)
    app.register_blueprint(health.blueprint)
    for room in ROOMS:
        _open_room(app, room)
    frame.install_filters(app)
    _version_static_files(app)
    compression.install(app)
    return app


def choose_language() -> str:
    """English only for staff who chose it: residents are spoken to in Chinese."""
    if request.path.startswith("/desk"):
        chosen = session.get("language")
        if chosen in LANGUAGES:
            return str(chosen)
    return "zh"


def _open_room(app: Flask, name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        log.warning("room_missing", room=name)
        return
    app.register_blueprint(module.blueprint)


def _version_static_files(app: Flask) -> None:
    """Addresses of static files carry a piece of their hash, so that a browser may keep them for a year."""

    @app.url_defaults
    def _add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and "v" not in values and isinstance(values.get("filename"), str):
            path = ROOT / "static" / str(values["filename"])
            if path.is_file():
                values["v"] = _digest(str(path), path.stat().st_mtime_ns)

    def keep_for(filename: str | None) -> int | None:
        is_versioned = "v" in request.args or (filename or "").startswith("vendor/")
        return STATIC_LASTS_SECONDS if is_versioned else None

    app.get_send_file_max_age = keep_for  # type: ignore[method-assign]  # Flask's own hook for this


@lru_cache(maxsize=256)
def _digest(path: str, changed_at: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
