"""The examples in the docstrings of the tree modules run as they are shown."""

import doctest
import inspect

import pytest

from covector import tree, tree_util

NAMED = [
    *((f"tree_util.{n}", getattr(tree_util, n)) for n in [*tree_util.__all__, "build_tree"]),
    *((f"tree_util.{n}", getattr(tree_util, n)) for n in ("prefix_errors", "equality_errors")),
    *((f"PyTreeDef.{n}", m) for n, m in vars(tree_util.PyTreeDef).items() if n[0] != "_"),
    ("tree.static", tree.static),
]


@pytest.mark.parametrize(("name", "obj"), NAMED, ids=[n for n, _ in NAMED])
def test_examples(name, obj):
    if not callable(obj) and not isinstance(obj, staticmethod):
        assert getattr(obj, "__doc__", None)
        return
    if name.endswith(("KeyEntry", "KeyPath")):
        pytest.skip("a type alias")
    doc = inspect.getdoc(obj)
    assert doc, f"{name} has no docstring"
    module = tree if name.startswith("tree.") else tree_util
    test = doctest.DocTestParser().get_doctest(doc, dict(vars(module)), name, None, 0)
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0
