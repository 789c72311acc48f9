"""The words of the pages in the reader's language: typed doors to the one catalogue."""

from __future__ import annotations

import flask_babel


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language, filled with ``values`` (%(name)s)."""
    return str(flask_babel.gettext(message, **values))


def language() -> str:
    """zh or en."""
    locale = flask_babel.get_locale()
    return str(locale.language) if locale is not None else "zh"
