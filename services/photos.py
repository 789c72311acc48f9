"""Photos: checked, re-encoded (EXIF and GPS gone), shrunk and kept by content in the upload folder."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from services.ports import StoredPhoto

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 2048
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


# Pillow warns above a limit of its own; ours is lower and refuses. Warnings turned into errors for the time of one
# photo would be turned for every thread of the process.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PhotoRefused(Exception):
    """It cannot be kept. ``reason`` is too_big, too_many_pixels or not_a_photo."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PhotoFolder:
    """A folder of photos named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, data: bytes) -> StoredPhoto:
        """Re-encode as JPEG and keep it. Raises PhotoRefused."""
        encoded, width, height = re_encode(data)
        digest = hashlib.sha256(encoded).hexdigest()
        relative = f"{digest[:2]}/{digest}.jpg"
        path = self._folder / relative
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            with part.open("wb") as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        return StoredPhoto(relative, "image/jpeg", width, height, len(encoded), digest)

    def read(self, path: str) -> bytes:
        """The bytes of a kept photo. Raises FileNotFoundError, also for a path outside the folder."""
        target = (self._folder / path).resolve()
        if not target.is_relative_to(self._folder.resolve()):
            raise FileNotFoundError(path)
        return target.read_bytes()


def re_encode(data: bytes) -> tuple[bytes, int, int]:
    """JPEG bytes with width and height: upright, at most 2048 px, nothing but the picture. Raises PhotoRefused."""
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_big")
    try:
        with Image.open(io.BytesIO(data), formats=READABLE) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PhotoRefused("too_many_pixels")
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except PhotoRefused:
        raise
    except Image.DecompressionBombError:
        raise PhotoRefused("too_many_pixels") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning):
        raise PhotoRefused("not_a_photo") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue(), upright.width, upright.height
