"""The classes, subjects, items and safety scripts of the field, as frozen typed objects loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nlp.loading import RESOURCES, ResourceError, line_of, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

TAXONOMY_FILE = RESOURCES / "taxonomy.yaml"


@dataclass(frozen=True, slots=True)
class Cost:
    """An illustrative unit cost in yuan; never a price quoted to a resident."""

    item: str
    unit: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Item:
    """A third-level item such as A01.2, with the unit its quantity is counted in."""

    code: str
    name: str
    unit: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A second-level subject such as A11. ``short_name`` is what a resident reads."""

    code: str
    name: str
    short_name: str
    name_en: str
    class_code: str
    default_urgency: str
    units: tuple[str, ...]
    lead_department: str
    co_departments: tuple[str, ...]
    hotline: str | None
    four_types: tuple[str, ...]
    funds: tuple[str, ...]
    scripts: tuple[str, ...]
    costs: tuple[Cost, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class SubjectClass:
    """A first-level class: A, B, C, D or N."""

    code: str
    name: str
    name_en: str
    definition: str
    enters_plan: bool
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class SafetyScript:
    """Words that must be shown whole. ``say`` and ``call`` may hold placeholders such as ``{gas_hotline}``."""

    code: str
    name: str
    urgency: str
    say: str
    call: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UrgencyLevel:
    level: str
    name: str
    acknowledge_minutes: int
    resolve_hours: int


class Taxonomy:
    """Read-only access by code; unknown codes raise KeyError with the code in the message."""

    def __init__(
        self,
        version: str,
        classes: tuple[SubjectClass, ...],
        scripts: tuple[SafetyScript, ...],
        funds: Mapping[str, str],
        intents: Mapping[str, str],
        levels: tuple[UrgencyLevel, ...],
        ask_safety: frozenset[str],
    ) -> None:
        self.version = version
        self.classes = classes
        self.scripts = scripts
        self.funds = MappingProxyType(dict(funds))
        self.intents = MappingProxyType(dict(intents))
        self.levels = levels
        self.ask_safety = ask_safety
        self.subjects: tuple[Subject, ...] = tuple(subject for group in classes for subject in group.subjects)
        self._classes = {group.code: group for group in classes}
        self._subjects = {subject.code: subject for subject in self.subjects}
        self._items = {item.code: item for subject in self.subjects for item in subject.items}
        self._scripts = {script.code: script for script in scripts}
        self._levels = {level.level: level for level in levels}

    def subject_class(self, code: str) -> SubjectClass:
        """The class of a class code ("A") or of any subject or item code in it ("A11", "A11.2")."""
        return self._classes[code[:1]]

    def subject(self, code: str) -> Subject:
        return self._subjects[code]

    def has_subject(self, code: str) -> bool:
        return code in self._subjects

    def item(self, code: str) -> Item:
        return self._items[code]

    def script(self, code: str) -> SafetyScript:
        return self._scripts[code]

    def level(self, code: str) -> UrgencyLevel:
        return self._levels[code]

    def enters_plan(self, code: str) -> bool:
        """Whether complaints of this class (or subject) may become work items of a renovation plan."""
        return self.subject_class(code).enters_plan


@cache
def taxonomy() -> Taxonomy:
    """The shipped taxonomy, loaded on first use.

    Raises:
        ResourceError: the file is missing or broken; the message names file and line.
    """
    return load_taxonomy(TAXONOMY_FILE)


def load_taxonomy(path: Path) -> Taxonomy:
    """A taxonomy from any file of the same form.

    Raises:
        ResourceError: missing, broken, or holding a code twice or a reference to nothing.
    """
    raw = read_yaml(path)
    entry = "version"
    try:
        classes = []
        for raw_class in raw["classes"]:
            subjects = []
            for raw_subject in raw_class["subjects"]:
                entry = f"code: {raw_subject['code']}"
                subjects.append(_subject(raw_subject, raw_class["code"]))
            entry = f"- code: {raw_class['code']}"
            classes.append(
                SubjectClass(
                    code=raw_class["code"],
                    name=raw_class["name"],
                    name_en=raw_class["name_en"],
                    definition=raw_class["definition"],
                    enters_plan=bool(raw_class["enters_plan"]),
                    subjects=tuple(subjects),
                )
            )
        scripts = []
        for raw_script in raw["safety_scripts"]:
            entry = f"code: {raw_script['code']}"
            scripts.append(
                SafetyScript(
                    code=raw_script["code"],
                    name=raw_script["name"],
                    urgency=raw_script["urgency"],
                    say=raw_script["say"],
                    call=tuple(str(line) for line in raw_script["call"]),
                )
            )
        entry = "urgency_levels"
        loaded = Taxonomy(
            version=str(raw["version"]),
            classes=tuple(classes),
            scripts=tuple(scripts),
            funds=raw["funds"],
            intents=raw["intents"],
            levels=tuple(UrgencyLevel(**level) for level in raw["urgency_levels"]),
            ask_safety=frozenset(raw["ask_safety"]),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        where = f"{path.name}:{line_of(path, entry)}"
        raise ResourceError(f"{where}: the entry is incomplete or of the wrong kind ({problem})") from problem
    _check(loaded, path)
    return loaded


def _subject(raw: dict[str, Any], class_code: str) -> Subject:
    return Subject(
        code=raw["code"],
        name=raw["name"],
        short_name=raw["short_name"],
        name_en=raw["name_en"],
        class_code=class_code,
        default_urgency=raw["default_urgency"],
        units=tuple(raw["units"]),
        lead_department=raw["lead_department"],
        co_departments=tuple(raw["co_departments"]),
        hotline=raw.get("hotline"),
        four_types=tuple(raw["four_types"]),
        funds=tuple(raw["funds"]),
        scripts=tuple(raw["scripts"]),
        costs=tuple(Cost(**cost) for cost in raw["costs"]),
        items=tuple(
            Item(item["code"], item["name"], item["unit"], tuple(str(word) for word in item["keywords"]))
            for item in raw["items"]
        ),
    )


def _check(loaded: Taxonomy, path: Path) -> None:
    seen: set[str] = set()
    scripts = {script.code for script in loaded.scripts}
    for subject in loaded.subjects:
        line = f"{path.name}:{line_of(path, f'code: {subject.code}')}"
        if subject.code in seen:
            raise ResourceError(f"{line}: subject {subject.code} stands twice")
        seen.add(subject.code)
        if subject.code[:1] != subject.class_code:
            raise ResourceError(f"{line}: subject {subject.code} stands in class {subject.class_code}")
        for script in subject.scripts:
            if script not in scripts:
                raise ResourceError(f"{line}: subject {subject.code} names the unknown script {script}")
        for fund in subject.funds:
            if fund not in loaded.funds:
                raise ResourceError(f"{line}: subject {subject.code} names the unknown fund {fund}")
    for code in loaded.ask_safety - seen:
        raise ResourceError(f"{path.name}:{line_of(path, 'ask_safety')}: {code} is no subject")
