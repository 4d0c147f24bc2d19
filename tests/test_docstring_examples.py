"""Examples in docstrings: every public name has one, and what they show is what comes out."""

import doctest
import importlib.util
import pkgutil

import pytest

import chainorder as co

MODULES = [
    module.name
    for module in pkgutil.walk_packages(co.__path__, "chainorder.")
    if not module.name.endswith("__main__")
]


def source(module):
    """The text of a module, without importing it."""
    return importlib.util.find_spec(module).loader.get_source(module)


def public_names():
    """What the package, and every part of it with a list of its own, says is public."""
    lists = [co, *(importlib.import_module(m) for m in MODULES if "__all__ = " in source(m))]
    return [
        pytest.param(part, name, id=f"{part.__name__}.{name}")
        for part in lists
        for name in part.__all__
        if not name.startswith("__")
    ]


@pytest.mark.parametrize(("part", "name"), public_names())
def test_every_public_name_has_an_example(part, name):
    assert ">>> " in (getattr(part, name).__doc__ or "")


@pytest.mark.parametrize("module", [m for m in MODULES if ">>> " in source(m)])
def test_examples_show_what_comes_out(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert tried
    assert not failed
