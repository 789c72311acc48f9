"""Ranks the subjects a text speaks of, with the words and weights that speak for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nlp import model as linear
from nlp.lexicon import Reading
from nlp.model import Spread
from nlp.taught import weigh_taught
from nlp.taxonomy import taxonomy
from nlp.understanding import Candidate, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.engine import Engine
    from nlp.model import Opinion
    from nlp.watch import Marks

_MAX_EVIDENCE = 5
# Two words of the lexicon account for a category; the model is asked only where there are fewer.
_ENOUGH_WORDS = 2
_EVIDENCE_FLOOR = 0.12
_CUT = "D05"
_SUPPLY_OF = {"NOWATER": "A01", "NOPOWER": "A03", "NOGAS": "A06"}
_WORKS_GROUPS = frozenset({"WORKS", "NOTICE", "AFTERWORKS"})
_WORKS_WORDS = re.compile(
    r"改|挖|装修|换管|管网|管道|说[停好过]|说是?停|超时|公告|告示|告知|通告|提前|恢复|招呼|断了.{0,4}管|预告|没说|不说一声|接.{0,2}管|抢修"
)


class Verdict(NamedTuple):
    """What the model and the lexicon say of a text, or of a part of one.

    ``text`` is the part, ``start`` and ``end`` its place in the whole, to which all offsets in ``reading`` belong.
    ``subjects``, ``intents`` and ``hazards`` are probabilities by label; ``ranked`` the subjects, best first.
    ``marks`` are those of the text or of one it is a part of (see ``nlp.watch``).
    """

    engine: Engine
    text: str
    marks: Marks
    spread: Spread
    start: int
    end: int
    reading: Reading
    opinion: Opinion
    subjects: Mapping[str, float]
    ranked: Sequence[str]

    @property
    def intents(self) -> dict[str, float]:
        """Probabilities by intent."""
        return dict(zip(self.engine.model.heads["intent"].labels, self.opinion.shares[_INTENT], strict=True))

    @property
    def hazards(self) -> dict[str, float]:
        """Probabilities by safety script, with "NONE"."""
        return dict(zip(self.engine.model.heads["hazard"].labels, self.opinion.shares[_HAZARD], strict=True))

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The three best subjects with their calibrated confidence."""
        return tuple([Candidate(code, round(self.subjects[code], 4)) for code in self.ranked[:3]])


_INTENT, _HAZARD = linear.HEADS.index("intent"), linear.HEADS.index("hazard")


def classify(
    engine: Engine, text: str, marks: Marks, signals: dict[str, float], parts: Sequence[tuple[int, int]] = ()
) -> list[Verdict]:
    """Ranks all subjects, intents and hazards for a text, and the subjects for each of its parts.

    Args:
        engine: the lexicon and the model.
        text: a normalised text whose addresses are blanked out.
        marks: the marks of the text (see ``nlp.watch``).
        signals: what the rules say of the whole (see ``nlp.signals``).
        parts: where each part begins and ends (code points).

    Returns:
        The verdict on the whole first, then one for each part in order.
    """
    spread = Spread(engine.model, text)
    reading = engine.lexicon.read(text)
    pieces = [(text, 0, len(text), reading)]
    pieces += [(text[start:end], start, end, engine.lexicon.part(reading, start, end)) for start, end in parts]
    return _verdicts(engine, marks, spread, pieces, signals)


def classify_parts(whole: Verdict, parts: Sequence[tuple[int, int]]) -> list[Verdict]:
    """Ranks the subjects for further parts of a text that was classified before."""
    pieces = []
    for start, end in parts:
        reading = whole.engine.lexicon.part(whole.reading, start, end)
        pieces.append((whole.text[start:end], start, end, reading))
    return _verdicts(whole.engine, whole.marks, whole.spread, pieces, {})


def _verdicts(
    engine: Engine,
    marks: Marks,
    spread: Spread,
    pieces: Sequence[tuple[str, int, int, Reading]],
    signals: dict[str, float],
) -> list[Verdict]:
    """One verdict for each piece; the signals belong to the first."""
    labels = engine.model.heads["subject"].labels
    given = [spread.part(start, end, linear.other_features(text, reading)) for text, start, end, reading in pieces]
    given[0].others.update(signals)
    verdicts = []
    for (text, start, end, reading), opinion in zip(pieces, engine.model.weigh(given), strict=True):
        subjects = dict(zip(labels, opinion.shares[0], strict=True))
        ranked = [labels[place] for place in opinion.ranked]
        is_taught = bool(engine.taught) and weigh_taught(engine.taught, reading, subjects)
        if _settle_outage(text, reading, subjects) or is_taught:
            ranked = sorted(subjects, key=subjects.__getitem__, reverse=True)[: len(ranked)]
        verdicts.append(Verdict(engine, text, marks, spread, start, end, reading, opinion, subjects, ranked))
    return verdicts


def _settle_outage(text: str, reading: Reading, subjects: dict[str, float]) -> bool:
    """An outage is the works' own (D05) only where works or a notice are spoken of; otherwise it is the supply's.

    Returns whether the shares were changed.
    """
    groups = reading.groups
    supply = next((subject for group, subject in _SUPPLY_OF.items() if group in groups), None)
    if supply is None or subjects.get(_CUT, 0.0) <= subjects[supply]:
        return False
    if not _WORKS_GROUPS.isdisjoint(groups) or _WORKS_WORDS.search(text):
        return False
    subjects[_CUT], subjects[supply] = subjects[supply], subjects[_CUT]
    return True


def evidence(verdict: Verdict, subject: str, original: str, start: int, end: int) -> tuple[Evidence, ...]:
    """Why the subject was chosen for the stretch ``start`` to ``end``: lexicon words and rules, then model features.

    Args:
        verdict: the verdict on the whole text; its offsets are those of ``original``.
        subject: the subject to account for.
        original: the resident's own text, quoted in the answer.
        start, end: code points.
    """
    reasons = [
        Evidence(original[reason.start : reason.end], reason.start, reason.end, round(reason.weight, 3), reason.why)
        for reason in verdict.reading.reasons
        if reason.subject == subject and reason.start >= start and reason.end <= end
    ]
    reasons.sort(key=lambda reason: -reason.weight)
    if len(reasons) < _ENOUGH_WORDS:
        reasons += _model_evidence(verdict, subject, original, start, end, reasons)
    return tuple(reasons[:_MAX_EVIDENCE])


def _model_evidence(
    verdict: Verdict, subject: str, original: str, start: int, end: int, known: Sequence[Evidence]
) -> list[Evidence]:
    model = verdict.engine.model
    head = model.heads["subject"]
    if subject not in head.labels:
        return []
    column = head.columns.start + head.labels.index(subject)
    # What a gram weighs depends on the length of the text it stands in.
    scale = linear.gram_scale(len(verdict.text.strip()))
    weighed = [
        (weight * scale, original[first:last], first)
        for weight, first, last in verdict.spread.reasons(start, end, column, _EVIDENCE_FLOOR / scale)
    ]
    weighed.sort(key=lambda entry: (-entry[0], entry[2]))
    taken = [(reason.start, reason.end) for reason in known]
    added: list[Evidence] = []
    for weight, word, at in weighed:
        if any(low < at + len(word) and at < high for low, high in taken):
            continue
        taken.append((at, at + len(word)))
        added.append(Evidence(original[at : at + len(word)], at, at + len(word), round(weight, 3), f"model:{word}"))
    return added


def best_item(subject: str, text: str) -> str | None:
    """The item of the subject whose words the text holds most of, or None where none is named."""
    best: str | None = None
    most = 0
    for item in taxonomy().subject(subject).items:
        found = sum(len(word) for word in item.keywords if word in text)
        if found > most:
            best, most = item.code, found
    return best
