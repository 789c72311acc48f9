"""Writes the page of all settings: name, environment variable, default, meaning."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.schema import Settings


def as_markdown() -> str:
    """docs/settings.md, made from the schema."""
    lines = [
        "# Settings",
        "",
        "From `config.yaml` (or the file in `LINLI_CONFIG`), overridden by the environment. An unknown or wrong",
        "setting stops the start with its name. Secrets belong in the environment, never in config.yaml.",
        "",
        "| setting | environment | default | meaning |",
        "|---|---|---|---|",
    ]
    for path, info in _fields(Settings):
        name = "LINLI_" + "__".join(part.upper() for part in path)
        default = str(info.default)
        lines.append(f"| `{'.'.join(path)}` | `{name}` | {f'`{default}`' if default else '–'} | {info.description} |")
    return "\n".join(lines) + "\n"


def _fields(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, (*prefix, name))
        else:
            yield (*prefix, name), info


if __name__ == "__main__":
    print(as_markdown(), end="")
