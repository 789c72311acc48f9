"""The command line: ``linli``. Each command lives in its own module and is imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

COMMANDS = {
    "understand": ("linli.cli.understand", "understand"),
    "model": ("linli.cli.model", "model"),
    "topics": ("linli.cli.topics", "topics"),
    "chat": ("linli.cli.chat", "chat"),
    "complaint": ("linli.cli.complaint", "complaint"),
    "similar": ("linli.cli.similar", "similar"),
    "import": ("linli.cli.imports", "import_"),
    "template": ("linli.cli.imports", "template"),
    "export": ("linli.cli.exports", "export"),
    "demo": ("linli.cli.demo", "demo"),
    "staff": ("linli.cli.staff", "staff"),
    "db": ("linli.cli.db", "db"),
    "doctor": ("linli.cli.doctor", "doctor"),
    "serve": ("linli.cli.serve", "serve"),
    "run": ("linli.cli.serve", "run"),
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called, so that every start is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="linli", prog_name="linli")
def cli() -> None:
    """Linli (邻里): residents' words into the renovation plan of their community, and back."""


def main() -> None:
    """Run the command line; a broken setting or a database that is not ready is one plain sentence."""
    try:
        cli(standalone_mode=True)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        # Imported only now: a command that needs no settings starts in half the time without them.
        from linli.cli.faults import sentence_for
        from settings import SettingsError

        sentence = str(error) if isinstance(error, SettingsError) else sentence_for(error)
        if sentence is None:
            raise
        click.echo(f"linli: {sentence}", err=True)
        sys.exit(2)
