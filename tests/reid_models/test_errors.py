"""One tree of errors, every one of them public."""

from __future__ import annotations

import inspect

from reid_models import errors


def test_every_error_is_public_and_grows_from_one_root():
    classes = {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__
    }
    assert sorted(classes) == errors.__all__
    assert all(issubclass(value, errors.ReidError) for value in classes.values())


def test_the_tree_at_the_top_of_the_file_names_them_all():
    drawn = errors.__doc__ or ""
    assert all(name in drawn for name in errors.__all__)
