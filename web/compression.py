"""Sends static text files compressed; pages are left alone, because they carry secrets beside a reader's own words."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

COMPRESSIBLE = (".css", ".js", ".svg")
SMALLEST_BYTES = 1400
"""Below one network packet compressing saves nothing."""


def install(app: Flask) -> None:
    @app.after_request
    def _compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200:
            return response
        filename = str((request.view_args or {}).get("filename", ""))
        if not filename.endswith(COMPRESSIBLE):
            return response
        response.headers.add("Vary", "Accept-Encoding")
        if request.accept_encodings.quality("gzip") <= 0 or "Range" in request.headers:
            return response
        path = Path(app.static_folder or "") / filename
        status = path.stat()
        if status.st_size < SMALLEST_BYTES:
            return response
        tag = response.headers.get("ETag")
        response.close()  # the file that would have been sent as it is
        response.direct_passthrough = False
        response.set_data(_packed(str(path), status.st_mtime_ns))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        if tag:
            response.headers["ETag"] = f'{tag[:-1]}-gz"'
        return response


@lru_cache(maxsize=64)
def _packed(path: str, changed_at: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), compresslevel=9, mtime=0)
