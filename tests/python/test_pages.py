"""The Python code of the documentation runs, and does what the text around it says."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

import covector
import covector.numpy as jnp
from codebase.measure import ROOT

# What the functions under a heading are called with.
ARGUMENTS: dict[str, Any] = {
    "TracerBoolConversionError": 2.0,
    "TracerIntegerConversionError": 1,
    "NonConcreteBooleanIndexError": jnp.arange(-2.0, 3.0),
}


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """For each piece of Python, the heading that it is under."""
    heading, text = "", (ROOT / page).read_text()
    for head, code in re.findall(r"^#+ ([^\n]*)$|^```python\n(.*?)^```", text, re.M | re.S):
        heading = head or heading
        if code:
            yield heading, code


def namespace() -> dict[str, Any]:
    return {"jax": covector, "jnp": jnp, "lax": covector.lax}


def test_readme() -> None:
    (first, *_) = blocks("README.md")
    names = namespace()
    exec(first[1], names)
    last = ast.parse(first[1]).body[-1]
    found = eval(ast.unparse(last), names)
    assert repr(found["offset"]) in first[1]
    assert repr(found["slope"])[:16] in first[1]


@pytest.mark.parametrize(("heading", "code"), [*blocks("docs/errors.md")])
def test_errors(heading: str, code: str) -> None:
    """Of functions shown the first fails as the section says; others do not."""
    names = namespace()
    exec(code, names)
    shown = [ast.unparse(node) for node in ast.parse(code).body if isinstance(node, ast.Expr)]
    for number, text in enumerate(shown):
        function = eval(text, names)
        if number:
            function(ARGUMENTS[heading])
        else:
            with pytest.raises(getattr(covector.errors, heading)):
                function(ARGUMENTS[heading])
