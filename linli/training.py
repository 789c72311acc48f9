"""Trains a version of the product's own model: in this process for a command, in one of its own for the desk."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from services import model_versions
from services.corrections import list_known
from services.engine_in_use import engine_in_use
from services.model_card import read_card

if TYPE_CHECKING:
    from linli.bootstrap import Container
    from models import ModelVersion
    from nlp.training.messages import LabelledMessage
    from nlp.training.own import Comparison
    from settings import Settings

log = structlog.get_logger(__name__)

ALIVE_EVERY_SECONDS = 10.0
NICENESS = 10
"""Residents' messages go first."""


def train(
    house: Container,
    run_id: int,
    by: str,
    tell: Callable[[str], None] = lambda _step: None,
    messages: Sequence[LabelledMessage] | None = None,
) -> ModelVersion:
    """Train the run that was begun, keep the version, and take it into use when it is better.

    ``messages`` are learned from besides the corrections; by default all that are shipped. Whatever goes wrong ends
    the run as failed and is raised.
    """
    # Only training needs the learner; every other start stays quick without it.
    from nlp.training.own import STEPS, Taught, make_version

    def step(name: str) -> None:
        with house.database.transaction() as session:
            model_versions.note_step(session, run_id, name, STEPS.index(name) / len(STEPS), house.clock.now())
        tell(name)

    try:
        with _signs_of_life(house, run_id):
            with house.database.reader() as session:
                known = list_known(session)
                in_use = model_versions.version_in_use(session)
                learned_until = in_use.figures.get("learned_until", 0) if in_use is not None else 0
                before = list_known(session, until_id=learned_until) if learned_until else []
                last = max((one.correction_id for one in known), default=0)
                engine = engine_in_use(session)
                held_out = read_card(session).held_out if messages is None else None
            taught = [Taught(one.number, one.text, one.label) for one in known]
            had = [Taught(one.number, one.text, one.label) for one in before]
            model, comparison = make_version(
                taught, had, engine, step, messages, (held_out.n, held_out.right) if held_out is not None else None
            )
            step("save")
            with house.database.transaction() as session:
                return model_versions.finish_training(
                    session, run_id, model, _figures(comparison, last), comparison.verdict, house.act(by)
                )
    except BaseException as problem:
        with house.database.transaction() as session:
            model_versions.fail_training(session, run_id, f"{type(problem).__name__}: {problem}", house.clock.now())
        raise


def train_in_background(settings: Settings, run_id: int, by: str) -> None:
    """Start a process that trains the run that was begun; it ends with this one."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=_in_background, args=(settings, run_id, by), daemon=True, name=f"linli-training-{run_id}"
    )
    process.start()


def _in_background(settings: Settings, run_id: int, by: str) -> None:
    from linli.bootstrap import build

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    house = build(settings)
    try:
        version = train(house, run_id, by)
        log.info("model_trained", version=version.number, verdict=version.figures["verdict"])
    except Exception as problem:
        log.exception("training_failed", error=type(problem).__name__)
    finally:
        house.database.close()


@contextmanager
def _signs_of_life(house: Container, run_id: int) -> Iterator[None]:
    ended = threading.Event()

    def show() -> None:
        while not ended.wait(ALIVE_EVERY_SECONDS):
            with house.database.transaction() as session:
                model_versions.note_alive(session, run_id, house.clock.now())

    thread = threading.Thread(target=show, daemon=True, name="training-alive")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)


def _figures(comparison: Comparison, learned_until: int) -> dict[str, Any]:
    """The comparison as it is stored with the version."""
    card = comparison.card
    return {
        "verdict": comparison.verdict,
        "learned": comparison.learned,
        "learned_until": learned_until,
        "corrections": comparison.corrections._asdict(),
        "messages": comparison.messages._asdict(),
        "dangers": comparison.dangers._asdict(),
        "card": {
            "n": card.n,
            "right": card.right,
            "near": card.near,
            "subjects": card.subjects,
            "confusions": list(card.confusions),
        },
    }
