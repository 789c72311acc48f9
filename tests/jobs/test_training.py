"""Training for the desk: a process of its own that shows how far it is, and that ends with the one that started it."""

from __future__ import annotations

import multiprocessing
import time
from datetime import timedelta

from linli.bootstrap import Container
from models import ModelTraining
from services import model_versions
from tests.services.test_model_versions import begin


def step_of(house: Container, run_id: int) -> str:
    with house.database.reader() as session:
        run = session.get(ModelTraining, run_id)
        assert run is not None
        return run.step


def test_the_desk_s_training_runs_elsewhere_and_a_dead_one_stands_in_nobody_s_way(house: Container) -> None:
    run_id = begin(house)
    house.train_in_background(run_id, "staff:admin")
    (process,) = (child for child in multiprocessing.active_children() if child.name.startswith("linli-training"))
    deadline = time.monotonic() + 90
    while step_of(house, run_id) != "subject":
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.5)
    process.terminate()
    process.join()
    with house.database.transaction() as session:
        run = session.get(ModelTraining, run_id)
        assert run is not None
        assert run.is_running
        assert model_versions.is_alive(run, house.clock.now())
        later = house.clock.now() + model_versions.GONE_AFTER + timedelta(seconds=1)
        assert not model_versions.is_alive(run, later)
        assert model_versions.begin_training(session, house.act("staff:admin", now=later)).id != run_id
