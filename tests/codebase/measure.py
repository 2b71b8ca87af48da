"""Where the functions of a source file are and how long they are.

Python files are measured on their syntax tree. C++ is measured by matching braces on text
from which comments, literals and preprocessor lines are blanked. A brace at namespace, class
or initializer level opens a function if what stands before it ends like a function's head;
everything inside a function belongs to it. A lambda counts by itself only where it is not
inside a function, as in the initializer of a table.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["benchmarks", "cpp", "examples", "python", "scripts", "tests", "third_party"]
CPP = {".h", ".cpp"}
PYTHON = {".py"}


def sources(suffixes: set[str], folders: list[str] = FOLDERS) -> list[Path]:
    found = (p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in suffixes)
    return sorted(p for p in found if not is_built(p))


def is_built(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return "build" in parts or parts[:3] == ("python", "covector", "lib")


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


def functions(path: Path) -> list[Function]:
    text = path.read_text()
    return python_functions(text) if path.suffix in PYTHON else cpp_functions(text)


def python_functions(text: str) -> list[Function]:
    defs = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, defs)]
    return [Function(n.name, n.lineno, _python_lines(n)) for n in found]


def _python_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without decorators and docstring: documentation may be as long as it needs."""
    first = node.body[0]
    lines = node.end_lineno - node.lineno + 1
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_doc and isinstance(first.value.value, str):
        lines -= first.end_lineno - first.lineno + 1
    return lines


_BLANKED = re.compile(
    r"""//[^\n]*                                        # comments
      | /\*.*?\*/
      | \bR"(?P<delim>[^\s()\\]{0,16})\(.*?\)(?P=delim)"  # raw strings
      | "(?:\\.|[^"\\\n])*"                             # strings
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'             # characters, not digit separators
      | ^[ \t]*\#(?:\\\n|[^\n])*                        # preprocessor lines
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def blank(text: str) -> str:
    """The text with equal line structure, where every brace is one of the syntax."""
    return _BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


# Each pattern looks at a head: what stands between the last `;`, `{` or `}` and a brace.
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", re.DOTALL)
_CLAUSE = re.compile(r"\brequires\s*\((?:[^()]|\([^()]*\))*\)")
_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$")
_REQUIRES = re.compile(r"\brequires\s*(\([^()]*\)\s*)?$")
_FUNCTION = re.compile(
    r"""[)\]]\s*                       # parameters, or captures of a lambda
        (?:(?:const|noexcept|override|final|mutable|constexpr|&&?)\s*
          |noexcept\s*\([^{}]*\)\s*
          |->[^{};=]*
          |requires\b[^{};]*)*$""",
    re.VERBOSE,
)
_LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(?:\(|(?=[^\w(]*$))")
_TEMPLATE = re.compile(r"\btemplate\s*<[^{}()]*?>\s*(?=[\w:])", re.DOTALL)
_NAME = re.compile(r"(TEST\w*\s*\([^)]*\)|operator\s*\(\)|operator\s*[^\s\w(]+|[\w:~]+)\s*(?:\(|$)")
_PUNCTUATION = re.compile(r"[{};]")
_LABEL = re.compile(r"\s*(?:public|private|protected)\s*:")


def cpp_functions(source: str) -> list[Function]:
    text = blank(source)
    found: list[Function] = []
    enclosing: list[tuple[str, str, int]] = []  # kind, its head, where that head began
    head, head_at, at = "", 0, 0
    while m := _PUNCTUATION.search(text, at):
        head += text[at : m.start()]
        at = m.end()
        if m[0] == "{":
            kind = _kind(head)
            if kind == "function":
                at = _closing(text, m.start()) + 1
                found.append(_function(text, head_at, m.start(), at, head))
                head, head_at = "", at
            else:
                enclosing.append((kind, head, head_at))
                head, head_at = "", at
        elif m[0] == "}":
            kind, head, head_at = enclosing.pop()
            # A head goes on after an initializer: `A() : a_{1}, b_(2) {`.
            head, head_at = (head + "()", head_at) if kind == "initializer" else ("", at)
        else:
            head, head_at = "", at
    return found


def _kind(head: str) -> str:
    head = _ATTRIBUTE.sub(" ", head)
    if _REQUIRES.search(head):
        return "initializer"
    if _CONTAINER.search(head):
        return "container"
    return "function" if _FUNCTION.search(head) else "initializer"


def _closing(text: str, start: int) -> int:
    depth = 0
    for m in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if m[0] == "{" else -1
        if depth == 0:
            return m.start()
    raise ValueError(f"unbalanced brace at line {text.count(chr(10), 0, start) + 1}")


def _function(text: str, head_at: int, brace_at: int, end: int, head: str) -> Function:
    """The function whose head and body are text[head_at:end]; `head` has its braces collapsed."""
    written = text[head_at:brace_at]
    label = _LABEL.match(written)
    start = label.end() if label else 0
    for noise in (_ATTRIBUTE, _TEMPLATE, _CLAUSE, _LABEL):
        head = noise.sub(" ", head)
    name = _NAME.search(head)
    captures = list(_LAMBDA.finditer(written))
    if captures and "operator[]" not in written:
        start = captures[-1].start()
    start += len(written[start:]) - len(written[start:].lstrip())
    line = text.count("\n", 0, head_at + start) + 1
    title = "<lambda>" if captures or not name else " ".join(name[1].split())
    return Function(title, line, text.count("\n", 0, end) + 2 - line)
