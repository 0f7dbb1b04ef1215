"""The rules of the house, as tests: import order, purity, sizes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "oneoff_batch"
ROOMS = (
    "money", "calendar", "problems", "columns", "settings", "reading", "checking", "drafting",
    "lifecycle", "showing", "book", "exporting", "pipeline", "cli",
)  # fmt: skip
PURE = frozenset({"money", "calendar", "problems", "columns", "settings", "checking", "drafting", "lifecycle"})
IMPURE = frozenset({"click", "jinja2", "openpyxl", "os", "pathlib", "sqlalchemy", "random", "secrets", "uuid", "time"})
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[tuple[str, ...]]:
    """The modules that a file imports, as parts; own ones begin with oneoff_batch."""
    package = ("oneoff_batch", *path.relative_to(SOURCE).parent.parts)
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {tuple(a.name.split(".")) for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            found |= {(*module, a.name) for a in node.names} if len(module) == 1 else {module}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_imports_only_rooms_above_it(path):
    room = room_of(path)
    if room == "__init__":
        return
    for parts in imports(path):
        if parts[0] == "oneoff_batch" and len(parts) > 1 and parts[1] in ROOMS:
            assert ROOMS.index(parts[1]) <= ROOMS.index(room), f"{room} imports {parts[1]}"
            assert {room, parts[1]} != {"showing", "book"}, "showing and book never meet"


def test_every_room_is_in_the_list():
    assert {room_of(p) for p in FILES} - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) in PURE], ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_core_touches_nothing_but_its_arguments(path):
    assert not {parts[0] for parts in imports(path)} & IMPURE
    calls = [ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    assert not [c for c in calls if c in {"date.today", "datetime.now", "open", "print"}]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_small(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 60, f"{path.name}: {node.name}"
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
            assert path.parts[-2:] == ("cli", "__init__.py"), "only the last border catches everything"


def test_every_module_says_in_a_sentence_what_it_is_for():
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


def test_help_loads_no_data_library():
    import subprocess
    import sys

    code = (
        "import sys; from oneoff_batch.cli import run; code = run(['check', '--help']); "
        "sys.exit(code or bool({'pandas', 'pandera', 'sqlalchemy', 'openpyxl', 'jinja2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
