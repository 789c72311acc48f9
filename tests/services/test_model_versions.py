"""Versions of the product's own model: trained from corrections, taken into use only when better, rolled back."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from sqlalchemy import select

from linli import training
from linli.bootstrap import Container
from models import Community, Complaint, Correction, ModelTraining, ModelVersion
from nlp.engine import shipped
from nlp.model import LinearModel, save
from nlp.training.messages import load_messages
from nlp.training.own import Card, Comparison, Versus, is_held_out
from services import corrections, model_versions
from services import engine_in_use as engines
from services.engine_in_use import engine_in_use
from services.errors import Conflict, InvalidInput, NotFound
from tests.factories.voices import Voice, say

WORDS = ("掼蛋桌坏了一条腿", "掼蛋桌少得很要加", "下棋打掼蛋桌不够坐", "掼蛋桌面裂了", "掼蛋桌那块没人扫")


def teach(house: Container, code: str, count: int) -> list[str]:
    """So many complaints about one new thing, each put right by the desk; returns their numbers."""
    numbers = []
    with house.database.transaction() as session:
        place = session.scalars(select(Community).where(Community.code == code)).one()
        for index in range(count):
            text = f"{WORDS[index % len(WORDS)]}，说了{index}回"
            complaint = say(session, place, house.act(), Voice(category="N12", text=text))
            corrections.decide(session, complaint, "C10", house.act("staff:limin", staff_id=1))
            numbers.append(complaint.number)
    return numbers


def begin(house: Container) -> int:
    with house.database.transaction() as session:
        return model_versions.begin_training(session, house.act("staff:admin", staff_id=1)).id


def make(house: Container, *, weight: float = 0.0, verdict: str = "better") -> ModelVersion:
    """A version without training: the shipped model with every weight moved a little."""
    old = shipped().model
    moved = LinearModel(list(old.index), old.weights + np.float32(weight), old.bias, old.heads, old.fingerprint)
    run = begin(house)
    with house.database.transaction() as session:
        nothing = {"n": 0, "old": 0, "new": 0}
        card = {"n": 4, "right": 3, "near": 4, "subjects": {"A11": [4, 3, 3], "A12": [0, 1, 0]}, "confusions": []}
        figures = {"verdict": verdict, "learned": 0, "learned_until": 0, "card": card}
        figures |= dict.fromkeys(("corrections", "messages", "dangers"), nothing)
        return model_versions.finish_training(session, run, moved, figures, verdict, house.act("staff:admin"))


def in_use(house: Container) -> int | None:
    """The number of the version that answers, None for the shipped one; read from the engine, not from the rows."""
    with house.database.reader() as session:
        model = engine_in_use(session).model
        if model is shipped().model:
            return None
        versions = session.scalars(select(ModelVersion).order_by(ModelVersion.number)).all()
        files = {one.number: session.info["data_dir"] / one.path for one in versions}
        answering = model.weights.astype(np.float16)
        return next(number for number, path in files.items() if path.exists() and _holds(path, answering))


def _holds(path: Path, weights: np.ndarray) -> bool:
    try:
        with np.load(path) as stored:
            return bool(np.array_equal(stored["weights"], weights))
    except (OSError, ValueError, EOFError):  # a file that a test broke holds no weights
        return False


def test_a_version_learns_what_the_desk_corrected_and_is_used_because_it_is_better(
    house: Container, community: str
) -> None:
    numbers = teach(house, community, 120)
    held = [number for number in numbers if is_held_out(number)]
    assert len(held) >= 20
    steps: list[str] = []
    sample = load_messages()[::25]
    version = training.train(house, begin(house), "staff:admin", steps.append, sample)
    assert steps == ["read", "subject", "intent", "hazard", "compare", "save"]
    figures = version.figures
    assert figures["learned"] == len(numbers) - len(held)
    assert figures["corrections"]["n"] == len(held)
    assert figures["corrections"]["new"] > figures["corrections"]["old"]
    assert sum(n for n, _, _ in figures["card"]["subjects"].values()) == figures["card"]["n"]
    with house.database.reader() as session:
        run = model_versions.find_last_training(session)
        assert run is not None
        assert (run.is_running, run.outcome, run.version_id) == (None, figures["verdict"], version.id)
    assert (in_use(house) == version.number) == (figures["verdict"] in model_versions.TAKEN)


def test_the_held_out_corrections_decide_and_dangers_and_messages_may_not_be_lost() -> None:
    card = Card(100, 80, 90, {}, ())

    def verdict(corrections: Versus, messages: tuple[int, int, int] = (1000, 800, 800), dangers: int = 5) -> str:
        return Comparison(corrections, Versus(*messages), Versus(900, 5, dangers), card, 10).verdict

    assert verdict(Versus(40, 20, 21)) == "better"
    assert verdict(Versus(40, 20, 20)) == "no_better"
    assert verdict(Versus(40, 20, 30), dangers=6) == "loses_dangers"
    assert verdict(Versus(40, 20, 30), (1000, 800, 790)) == "loses_messages"
    assert verdict(Versus(4, 2, 3)) == "too_few_better"
    assert verdict(Versus(4, 2, 2)) == "no_better"
    assert verdict(Versus(0, 0, 0), (1000, 800, 801)) == "too_few_better"


def test_what_was_held_out_never_is_learned_from(house: Container, community: str) -> None:
    numbers = [f"YX-2026-{serial:06d}" for serial in range(1, 2001)]
    share = sum(map(is_held_out, numbers)) / len(numbers)
    assert 0.15 < share < 0.25
    assert [is_held_out(number) for number in numbers] == [is_held_out(number) for number in numbers]


def test_a_second_press_while_it_runs_is_refused_and_a_run_that_died_is_not_waited_for(house: Container) -> None:
    first = begin(house)
    with pytest.raises(Conflict):
        begin(house)
    with house.database.transaction() as session:
        run = session.get(ModelTraining, first)
        assert run is not None
        run.seen_at = house.clock.now() - model_versions.GONE_AFTER - timedelta(seconds=1)
    second = begin(house)
    with house.database.reader() as session:
        died = session.get(ModelTraining, first)
        assert died is not None
        assert (died.is_running, died.outcome) == (None, "broken_off")
        running = model_versions.find_running(session)
        assert running is not None
        assert running.id == second


def test_training_that_fails_says_so_and_the_next_may_begin(house: Container) -> None:
    with pytest.raises(IndexError):
        training.train(house, begin(house), "staff:admin", messages=[])
    with house.database.reader() as session:
        run = model_versions.find_last_training(session)
        assert run is not None
        assert run.outcome == "failed"
        assert run.problem
    begin(house)


def test_versions_are_used_and_rolled_back_one_by_one_down_to_the_shipped_model(house: Container) -> None:
    make(house, weight=0.125)
    assert in_use(house) == 1
    make(house, weight=0.25, verdict="no_better")
    assert in_use(house) == 1
    act = house.act("staff:admin")
    with house.database.transaction() as session:
        model_versions.use_version(session, 2, act)
    assert in_use(house) == 2
    for expected in (1, None):
        with house.database.transaction() as session:
            model_versions.roll_back(session, act)
        assert in_use(house) == expected
    with house.database.reader() as session:
        with pytest.raises(Conflict):
            model_versions.roll_back(session, act)
        with pytest.raises(Conflict):
            model_versions.use_version(session, None, act)
        with pytest.raises(NotFound):
            model_versions.use_version(session, 9, act)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _garble(path: Path) -> None:
    path.write_bytes(b"no model at all")


def _pickle(path: Path) -> None:
    out = io.BytesIO()
    np.savez(out, weights=np.array([{"a": 1}], dtype=object), bias=np.zeros(1), header=np.zeros(1, dtype=np.uint8))
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize("breaking", [Path.unlink, _cut, _garble, _pickle])
def test_a_broken_file_is_named_in_the_log_and_the_version_before_answers(
    house: Container, breaking: object, caplog: pytest.LogCaptureFixture
) -> None:
    make(house, weight=0.125)
    make(house, weight=0.25)
    assert in_use(house) == 2
    engines._LOADED.clear()
    engines._KNOWN.clear()
    breaking(house.settings.data_dir / "models" / "version-0002.npz")  # type: ignore[operator]  # one of those above
    caplog.clear()
    assert in_use(house) == 1
    told = [record for record in caplog.records if "model_not_usable" in str(record.msg)]
    assert len(told) == 1
    assert "models/version-0002.npz" in str(told[0].msg)
    assert told[0].levelname == "ERROR"
    with house.database.reader() as session:
        model_versions.use_version(session, 1, house.act())
        with pytest.raises(InvalidInput) as refused:
            model_versions.use_version(session, 2, house.act())
    assert "version-0002.npz" in str(refused.value.facts["why"])


def test_a_file_of_a_sound_form_with_foreign_labels_is_refused(house: Container, tmp_path: Path) -> None:
    from nlp.loading import ResourceError
    from nlp.model_files import load_sound

    path = tmp_path / "foreign.npz"
    save(path, shipped().model)
    with ZipFile(path) as whole:
        header = whole.read("header.npy").replace(b"A11", b"Z11")
        parts = {name: whole.read(name) for name in whole.namelist() if name != "header.npy"}
    with ZipFile(path, "w") as changed:
        changed.writestr("header.npy", header)
        for name, data in parts.items():
            changed.writestr(name, data)
    with pytest.raises(ResourceError, match=r"foreign\.npz: the labels for subject"):
        load_sound(path)


def test_a_decision_is_kept_confirmed_and_taken_back_by_new_lines(house: Container, community: str) -> None:
    with house.database.transaction() as session:
        place = session.scalars(select(Community).where(Community.code == community)).one()
        act = house.act("staff:limin", staff_id=1)
        complaint = say(session, place, act, Voice(category="A11", text="顶楼漏雨"))
        corrections.decide(session, complaint, "A11", act)
        assert [(one.understood, one.label) for one in corrections.list_known(session)] == [("A11", "A11")]
        assert corrections.take_back(session, complaint, act) == "A11"
        assert corrections.list_known(session) == []
        corrections.decide(session, complaint, "A12", act)
        assert [(one.understood, one.label) for one in corrections.list_known(session)] == [("A11", "A12")]
        assert corrections.take_back(session, complaint, act) == "A11"
        assert complaint.subject_code == "A11"
        with pytest.raises(Conflict):
            corrections.take_back(session, complaint, act)
        assert len(session.scalars(select(Correction)).all()) == 4


def test_of_a_message_with_two_troubles_each_complaint_teaches_its_own_words(house: Container, community: str) -> None:
    from tests.factories.complaints import say as say_words

    numbers = say_words(house, community, "三栋楼顶漏水，还有路灯也不亮，电话13800000000")
    assert len(numbers) == 2
    with house.database.transaction() as session:
        for number in numbers:
            complaint = session.scalars(select(Complaint).where(Complaint.number == number)).one()
            corrections.decide(session, complaint, complaint.subject_code, house.act("staff:limin", staff_id=1))
        texts = {one.label: one.text for one in corrections.list_known(session)}
    assert len(texts) == 2
    assert all("漏" not in text or "路灯" not in text for text in texts.values())
    assert "13800000000" not in "".join(texts.values())
