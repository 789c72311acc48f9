"""Files of trained models: loaded only when every part of them is sound, so that a broken one never answers."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from nlp import model as linear
from nlp.loading import ResourceError
from nlp.model import LinearModel
from nlp.taxonomy import taxonomy
from nlp.understanding import Intent

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 64 * 1024 * 1024


def load_sound(path: Path) -> LinearModel:
    """A model from a file this product may use beside its own.

    Raises:
        ResourceError: the file is missing, damaged, too large, or its labels are not those of the taxonomy; the
            message names the file.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ResourceError(f"{path.name}: larger than any model of ours")
        loaded = linear.load(path)
        fault = _fault(loaded)
    except OSError as problem:
        raise ResourceError(f"{path.name}: cannot be read ({problem.strerror})") from problem
    except (
        zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError,
        NotImplementedError,
    ) as problem:  # fmt: skip
        raise ResourceError(f"{path.name}: is damaged ({type(problem).__name__})") from problem
    if fault is not None:
        raise ResourceError(f"{path.name}: {fault}")
    return loaded


def _fault(model: LinearModel) -> str | None:
    known = {
        "subject": {subject.code for subject in taxonomy().subjects},
        "intent": {intent.value for intent in Intent},
        "hazard": {script.code for script in taxonomy().scripts} | {"NONE"},
    }
    columns = 0
    for name in linear.HEADS:
        head = model.heads.get(name)
        if head is None:
            return f"the answers for {name} are missing"
        if not set(head.labels) <= known[name] or len(set(head.labels)) != len(head.labels):
            return f"the labels for {name} are not those of the taxonomy"
        if head.columns.start != columns or not head.temperature > 0:
            return f"the answers for {name} do not fit"
        columns = head.columns.stop
    if model.weights.shape != (len(model.index), columns) or model.bias.shape != (columns,):
        return "its tables do not fit together"
    if not np.isfinite(model.weights).all() or not np.isfinite(model.bias).all():
        return "a weight is no number"
    return None
