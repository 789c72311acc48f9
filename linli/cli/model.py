"""``linli model``: train models and ask them, and say which version of the product's own is in use."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import BinaryIO

import click

# What needs the database is imported only when it is called.
_OF_THE_PRODUCT = {"list": "list_", "use": "use", "rollback": "rollback"}


class _ModelGroup(click.Group):
    """The commands below and those of the product's own model."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_OF_THE_PRODUCT]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OF_THE_PRODUCT:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module("linli.cli.own_model"), _OF_THE_PRODUCT[cmd_name])
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_ModelGroup)
def model() -> None:
    """Train models and ask them, and say which version of the product's own model is in use."""


@model.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--text-field", default="text", show_default=True, help="The field of FILE that holds the text.")
@click.option("--label-field", default="label", show_default=True, help="The field of FILE that holds the label.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="A folder that does not exist yet.")
def train(file: BinaryIO | None, text_field: str, label_field: str, out: Path | None) -> None:
    """Learn from the labelled JSON lines of FILE (or -, also packed with gzip) and write the model to DIR.

    Without FILE: train a new version of the product's own model from the shipped messages and the desk's corrections.
    It is compared with the model in use on what neither has learned from, and taken into use only when it is better.
    """
    if file is None:
        if out is not None:
            raise click.UsageError("--out belongs to FILE: what should be learned from?")
        from linli.cli.own_model import train_own

        train_own()
        return
    if out is None:
        raise click.UsageError("with FILE, --out DIR says where the model goes.")
    from linli.cli.learned_model import train_from

    train_from(file, text_field, label_field, out)


@model.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), metavar="DIR", required=True, help="A model's DIR.")
@click.option("--text-field", help="The field that holds the text; as in training when not given.")
@click.argument("file", type=click.File("rb"), default="-")
def predict(folder: Path, text_field: str | None, file: BinaryIO) -> None:
    """Answer each JSON line of FILE (or -, also packed with gzip) with label, confidence and candidates."""
    from linli.cli.learned_model import predict_with

    predict_with(folder, text_field, file)
