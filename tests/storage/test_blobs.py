from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from storage.blobs import pack, unpack
from storage.errors import DatabaseBroken
from tests.storage.site import a_walk

shapes = arrays.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=6).filter(
    lambda shape: len(shape) == 1 or shape[1] > 0
)
anything = st.sampled_from(["i4", "i8", "f4", "f8"]).flatmap(
    lambda dtype: arrays.arrays(np.dtype(dtype), shapes)
)


@given(st.lists(anything, max_size=4))
def test_what_goes_in_comes_out_to_the_bit(given_arrays: list[np.ndarray]) -> None:
    returned = unpack(pack(*given_arrays))
    assert len(returned) == len(given_arrays)
    for before, after in zip(given_arrays, returned, strict=True):
        assert before.dtype == after.dtype
        assert before.shape == after.shape
        assert before.tobytes() == after.tobytes()


def test_a_walk_is_stored_in_much_less_than_its_arrays() -> None:
    walk = a_walk(0, 60)
    parts = [walk[name] for name in ("frames", "times", "boxes", "confidences")]
    assert len(pack(*parts)) < sum(part.nbytes for part in parts) / 8


@given(st.binary(max_size=60))
def test_other_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(DatabaseBroken, match="damaged"):
        unpack(blob)


def test_a_cut_blob_is_refused() -> None:
    blob = pack(np.arange(100, dtype=np.int32))
    with pytest.raises(DatabaseBroken):
        unpack(blob[:-5])
