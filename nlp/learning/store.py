"""Writes a learned model to a folder of its own and reads it back: arrays and one JSON header, nothing that can run."""

from __future__ import annotations

import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.learning.textmodel import Likeness, Scale, TextModel, Vocabulary
from nlp.loading import ResourceError

if TYPE_CHECKING:
    from pathlib import Path

MODEL_NAME = "model.npz"
_FORMAT = 1


def save(folder: Path, model: TextModel) -> Path:
    """Makes the folder and writes the model into it; a half-written one does not stay.

    Raises:
        FileExistsError: something stands there already; it is left as it is.
        OSError: the folder cannot be made or written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    unfinished = folder / f".{MODEL_NAME}"
    try:
        with unfinished.open("wb") as stream:
            np.savez_compressed(stream, **_arrays(model))
        return unfinished.rename(folder / MODEL_NAME)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        folder.rmdir()
        raise


def load(path: Path) -> TextModel:
    """Reads a model from its folder or its file.

    Raises:
        ResourceError: nothing is there, or it is no model or a broken one; the message names the file.
    """
    file = path / MODEL_NAME if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise ResourceError(f"{file}: is no model")
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(arrays["header"].tobytes())
        return _model(header, arrays)
    except FileNotFoundError as problem:
        raise ResourceError(f"{file}: there is no model") from problem
    except OSError as problem:
        raise ResourceError(f"{file}: the model cannot be read ({problem.strerror or problem})") from problem
    except ResourceError:
        raise
    except KeyError as problem:
        raise ResourceError(f"{file}: the model is broken: {problem.args[0]} is missing") from problem
    except (ValueError, TypeError, IndexError, EOFError, AttributeError, OverflowError) as problem:
        raise ResourceError(f"{file}: the model is broken: {problem}") from problem
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, MemoryError) as problem:
        raise ResourceError(f"{file}: the model is broken: {problem}") from problem


def _arrays(model: TextModel) -> dict[str, Any]:
    like = model.likeness
    header = {
        "format": _FORMAT,
        "labels": model.labels,
        "text_field": model.text_field,
        "scale": [model.scale.mix, model.scale.sharpness, model.scale.sharpness_short],
        "features": list(model.vocabulary.index),
        "has_likeness": like is not None,
    }
    raw = json.dumps(header, separators=(",", ":")).encode()
    arrays: dict[str, Any] = {
        "header": np.frombuffer(raw, dtype=np.uint8),
        "rarity": model.vocabulary.rarity,
        "contrast": model.vocabulary.contrast,
        "weights": model.weights.astype(np.float16),
        "bias": model.bias,
        "shares": model.shares,
    }
    if like is not None:
        arrays |= {
            "place": like.place.astype(np.int32),
            "space": like.space,
            "space_scale": like.scale,
            "landmarks": like.landmarks.astype(np.float16),
            "landmark_weights": like.weights,
        }
    return arrays


def _model(header: dict[str, Any], arrays: dict[str, Any]) -> TextModel:
    if header["format"] != _FORMAT:
        raise ValueError(f"format {header['format']} is not known here")
    labels = tuple(header["labels"])
    features = header["features"]
    size, classes = len(features), len(labels)
    index = {str(gram): row for row, gram in enumerate(features)}
    if len(index) != size or not all(isinstance(label, str | int) for label in labels) or classes < 2:
        raise ValueError("its features or labels are wrong")
    likeness = None
    if header["has_likeness"]:
        kept, dimensions = arrays["space"].shape
        count = len(arrays["landmarks"])
        place = _checked(arrays, "place", (size,), np.int64)
        if place.size and not (place.min() >= -1 and place.max() < kept):
            raise ValueError("place points outside")
        likeness = Likeness(
            place,
            _checked(arrays, "space", (kept, dimensions), np.int8),
            _checked(arrays, "space_scale", (dimensions,)),
            _checked(arrays, "landmarks", (count, dimensions)),
            _checked(arrays, "landmark_weights", (count, classes)),
        )
    return TextModel(
        labels,
        Vocabulary(index, _checked(arrays, "rarity", (size,)), _checked(arrays, "contrast", (size,))),
        _checked(arrays, "weights", (size, classes)),
        _checked(arrays, "bias", (classes,)),
        _checked(arrays, "shares", (classes,)),
        likeness,
        Scale(*(float(number) for number in header["scale"])),
        str(header["text_field"]),
    )


def _checked(arrays: dict[str, Any], name: str, shape: tuple[int, ...], kind: Any = np.float32) -> Any:
    array = arrays[name].astype(kind)
    if array.shape != shape:
        raise ValueError(f"{name} is {array.shape}, not {shape}")
    if kind is np.float32 and not np.isfinite(array).all():
        raise ValueError(f"{name} holds what is no number")
    return array
