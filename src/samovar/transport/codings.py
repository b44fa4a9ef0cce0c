"""Content codings, undone piece by piece on the side: those that httpx2 asks providers for.

Besides zlib's that are Brotli and Zstandard, where the packages are there by which httpx2 undoes them too.
"""

from __future__ import annotations

import importlib
import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Undo: TypeAlias = "Callable[[bytes], bytes]"

_GZIP: Final = 31
"""zlib's window bits for gzip; negative ones are for a deflate without a head."""
_HEAD: Final = 2
"""Bytes of zlib's head."""
_BROTLI: Final = ("brotli", "brotlicffi")
_ZSTD: Final = ("compression.zstd", "backports.zstd")


class UnknownCoding(Exception):  # a defect of ours or of a server, never the caller's to see
    """A content coding that nothing here undoes."""


def undoing(codings: str) -> Undo | None:
    """Return what undoes the codings of a `content-encoding` header, None where there are none.

    Raises `UnknownCoding`. What it returns raises what the coding's own package does.
    """
    names = [name for name in (each.strip().lower() for each in codings.split(",")) if name]
    steps = [_undo(name) for name in reversed(names) if name != "identity"]
    if len(steps) <= 1:
        return steps[0] if steps else None

    def undo(data: bytes) -> bytes:
        for step in steps:
            data = step(data)
        return data

    return undo


def _undo(name: str) -> Undo:
    match name:
        case "gzip" | "x-gzip":
            return zlib.decompressobj(_GZIP).decompress
        case "deflate":
            return _Deflate().undo
        case "br":
            brotli = _imported(_BROTLI, name).Decompressor()
            # The two packages call it differently.
            undo: Undo = getattr(brotli, "decompress", None) or brotli.process
            return undo
        case "zstd":
            return _Zstandard(_imported(_ZSTD, name)).undo
        case _:
            raise UnknownCoding(name)


def _imported(modules: tuple[str, ...], name: str) -> Any:  # noqa: ANN401  # packages that may not be there
    for module in modules:
        try:
            return importlib.import_module(module)
        except ImportError:
            continue
    raise UnknownCoding(name)


class _Deflate:
    """With zlib's head (RFC 1950), or without it, as some servers send it."""

    def __init__(self) -> None:
        self._inflate: Undo | None = None
        self._head = b""

    def undo(self, data: bytes) -> bytes:
        if self._inflate is None:
            self._head += data
            if len(self._head) < _HEAD:
                return b""
            data = self._head
            told = data[0] % 16 == zlib.DEFLATED and int.from_bytes(data[:_HEAD], "big") % 31 == 0
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if told else -zlib.MAX_WBITS).decompress
        return self._inflate(data)


class _Zstandard:
    """Any number of frames, one after the other."""

    def __init__(self, package: Any) -> None:  # noqa: ANN401  # as above
        self._package = package
        self._frame = package.ZstdDecompressor()

    def undo(self, data: bytes) -> bytes:
        told = b""
        while data:
            if self._frame.eof:
                self._frame = self._package.ZstdDecompressor()
            told += self._frame.decompress(data)
            data = self._frame.unused_data if self._frame.eof else b""
        return told
