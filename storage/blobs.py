"""Arrays as one compact blob, exact to the bit.

Neighbouring rows of a track are alike, so each column is stored as differences of its bit patterns
(unsigned, wrapping around), its bytes sorted by significance, and the whole deflated.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.errors import DatabaseBroken

_MAGIC = b"RB1"
_DTYPES = ("<i4", "<i8", "<f4", "<f8")


def pack(*arrays: NDArray[Any]) -> bytes:
    """Arrays (one or two dimensions; int32, int64, float32 or float64) as one blob."""
    parts = [struct.pack("<B", len(arrays))]
    for array in arrays:
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        rows, columns = array.shape if array.ndim == 2 else (len(array), 0)
        parts.append(struct.pack("<BII", _DTYPES.index(little.dtype.str), rows, columns))
        parts.append(_spread(little))
    return _MAGIC + zlib.compress(b"".join(parts), 6)


def unpack(blob: bytes) -> tuple[NDArray[Any], ...]:
    """The arrays of a blob made by `pack`. DatabaseBroken if it is none."""
    try:
        if blob[:3] != _MAGIC:
            raise ValueError("unknown format")
        data = zlib.decompress(blob[3:])
        arrays, at = [], 1
        for _ in range(data[0]):
            code, rows, columns = struct.unpack_from("<BII", data, at)
            at += 9
            dtype = np.dtype(_DTYPES[code])
            size = rows * max(columns, 1) * dtype.itemsize
            flat = _gather(data[at : at + size], dtype, rows, max(columns, 1))
            arrays.append(flat if columns else flat[:, 0])
            at += size
    except (ValueError, IndexError, zlib.error, struct.error) as error:
        raise DatabaseBroken(
            f"Stored arrays are damaged ({error}). Restore the database from a backup."
        ) from error
    return tuple(np.ascontiguousarray(array) for array in arrays)


def _spread(array: NDArray[Any]) -> bytes:
    size = array.dtype.itemsize
    columns = array.reshape(len(array), -1).T if array.size else array.reshape(0, 0)
    bits = np.ascontiguousarray(columns).view(f"<u{size}")
    steps = bits.copy()
    steps[:, 1:] -= bits[:, :-1]
    return steps.reshape(-1).view(np.uint8).reshape(-1, size).T.tobytes()


def _gather(data: bytes, dtype: np.dtype[Any], rows: int, columns: int) -> NDArray[Any]:
    size = dtype.itemsize
    planes = np.frombuffer(data, np.uint8).reshape(size, -1)
    steps = np.ascontiguousarray(planes.T).view(f"<u{size}").reshape(columns, rows)
    bits = np.cumsum(steps, axis=1, dtype=f"<u{size}")
    return np.ascontiguousarray(bits.T).view(dtype)
