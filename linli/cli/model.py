"""``linli model``: train models and say which one is in use."""

from __future__ import annotations

import click

from linli.cli.own_model import list_, rollback, train_own, use


@click.group()
def model() -> None:
    """Train models, and say which version of the product's own model is in use."""


@model.command()
def train() -> None:
    """Train a new version of the product's own model from the shipped messages and the desk's corrections.

    It is compared with the model in use on what neither has learned from, and taken into use only when it is better.
    """
    train_own()


model.add_command(list_)
model.add_command(use)
model.add_command(rollback)
