"""Ranks the subjects a text speaks of, with the words and weights that speak for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp import model as linear
from nlp.lexicon import Reading
from nlp.taxonomy import taxonomy
from nlp.understanding import Candidate, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.engine import Engine
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model and the lexicon say of one text.

    ``subjects``, ``intents`` and ``hazards`` are probabilities by label; ``ranked`` the subjects, best first.
    """

    engine: Engine
    text: str
    marks: Marks
    reading: Reading
    vector: Mapping[str, float]
    subjects: Mapping[str, float]
    intents: Mapping[str, float]
    hazards: Mapping[str, float]
    ranked: tuple[str, ...]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The three best subjects with their calibrated confidence."""
        return tuple(Candidate(code, round(self.subjects[code], 4)) for code in self.ranked[:3])


def classify(engine: Engine, text: str, marks: Marks, signals: dict[str, float] | None = None) -> Verdict:
    """Ranks all subjects, intents and hazards for a normalised text whose addresses are blanked out.

    ``marks`` are those of the text or of one it is a part of (see ``nlp.watch``). Without ``signals`` (see
    ``nlp.signals``) only the subjects are ranked.
    """
    known = engine.model
    reading = engine.lexicon.read(text)
    vector = linear.features(text, reading, signals)
    # Clauses are read for their subject only; intent and danger belong to the whole message.
    scores = known.scores(vector, "subject" if signals is None else None)
    heads = linear.HEADS if signals is not None else ("subject",)
    named = {
        head: dict(zip(known.heads[head].labels, known.probabilities(scores, head).tolist(), strict=True))
        for head in heads
    }
    subjects = named["subject"]
    _settle_outage(text, reading, subjects)
    ranked = tuple(sorted(subjects, key=subjects.__getitem__, reverse=True))
    return Verdict(
        engine, text, marks, reading, vector, subjects, named.get("intent", {}), named.get("hazard", {}), ranked
    )


def _settle_outage(text: str, reading: Reading, subjects: dict[str, float]) -> None:
    """An outage is the works' own (D05) only where works or a notice are spoken of; otherwise it is the supply's."""
    if _CUT not in subjects or not _WORKS_GROUPS.isdisjoint(reading.groups) or _WORKS_WORDS.search(text):
        return
    supply = next((subject for group, subject in _SUPPLY_OF.items() if group in reading.groups), None)
    if supply is not None and subjects[_CUT] > subjects[supply]:
        subjects[_CUT], subjects[supply] = subjects[supply], subjects[_CUT]


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
    part = verdict.text[start:end].lower()
    weighed: list[tuple[float, str, int]] = []
    for feature, value in verdict.vector.items():
        word = feature[2:] if feature.startswith("w:") else feature
        if len(word) < 2 or ":" in word or word[0] == "^" or word[-1] == "$":
            continue
        row = model.index.get(feature)
        at = part.find(word)
        if row is None or at < 0:
            continue
        weight = float(model.weights[row, column]) * value
        if weight > _EVIDENCE_FLOOR:
            weighed.append((weight, word, start + at))
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
