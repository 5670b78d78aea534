"""The reference of the public names in Python, from their signatures and docstrings."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import advocate_score

HEAD = """# Python API

The public names, from the code: signatures and docstrings. [Names in Python](../python.md) shows them at work.
"""
_OWN = "advocate_score."
_BOUND = re.compile(r"^\((?:self|cls)(?:, )?")
_SECTION = re.compile(r"^(Parameters|Returns|Raises|Attributes)\n-+$", re.MULTILINE)


def api_page() -> str:
    parts = [HEAD]
    for name in sorted(advocate_score.__all__):
        parts += _described(name, getattr(advocate_score, name))
    return "\n".join(parts) + "\n"


def _described(name: str, thing: Any) -> Iterator[str]:
    yield f"## {name}\n"
    yield _code(("class " if inspect.isclass(thing) else "") + name + _signature(thing))
    yield _prose(thing)
    if not inspect.isclass(thing) or issubclass(thing, BaseException):
        return
    for method, function in _methods(thing):
        yield f"### {name}.{method}\n"
        yield _code(method if isinstance(function, property) else method + _signature(function))
        yield _prose(function)


def _methods(thing: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that the package itself defines, in alphabetical order."""
    for name, value in inspect.getmembers(thing):
        static = inspect.getattr_static(thing, name)
        defined = static.fget if isinstance(static, property) else inspect.unwrap(value) if callable(value) else None
        is_own = getattr(defined, "__module__", None) or ""
        if not name.startswith("_") and is_own.startswith(_OWN) and not inspect.isclass(value):
            yield name, static if isinstance(static, property) else value


def _signature(thing: Any) -> str:
    """As it is written in the source; nothing of a class whose constructor is not written out."""
    function = thing.__init__ if inspect.isclass(thing) else thing
    if not getattr(function, "__module__", "").startswith(_OWN) or not hasattr(function, "__code__"):
        return ""
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    except OSError:  # a constructor that a library made has no source
        return ""
    if not isinstance(definition, ast.FunctionDef):
        return ""
    returns = f" -> {ast.unparse(definition.returns)}" if definition.returns and not inspect.isclass(thing) else ""
    return _BOUND.sub("(", f"({ast.unparse(definition.args)}){returns}")


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n"


def _prose(thing: Any) -> str:
    """The docstring, its sections in bold."""
    return _SECTION.sub(r"**\1**\n", inspect.getdoc(thing) or "") + "\n"
