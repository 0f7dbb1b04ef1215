"""The option `--update-golden`, what compares an outcome with its golden file, a workspace, and what types commands in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import databases
import pytest

if TYPE_CHECKING:
    from oneoff_batch.book import Book

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = Path(__file__).parents[1] / "sample_data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected outputs anew; read the diff as prose")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that holds a text against the golden file of that name, or renews the file."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert path.exists(), f"there is no golden file {name}: run pytest --update-golden and read it"
        assert text == path.read_text("utf-8"), f"{name} differs: run pytest --update-golden and read the diff"

    return compare


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a book that is not there yet, on each of the two databases; workspaces use it without being told."""
    with databases.fresh(request.param, tmp_path) as url:
        monkeypatch.delenv("ONEOFF_BOOK", raising=False)
        if request.param != "sqlite":
            monkeypatch.setenv("ONEOFF_BOOK", url)
        yield url


@pytest.fixture
def url(database: str) -> str:
    """The address of an empty book."""
    from oneoff_batch.book import create_book

    create_book(database)
    return database


@pytest.fixture
def book(url: str) -> Iterator[Book]:
    """An empty book."""
    from oneoff_batch.book import open_book

    with open_book(url) as opened:
        yield opened


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of the sample company, as the current folder of anna."""
    from oneoff_batch.cli import run

    root = tmp_path / "books"
    assert run(["init", str(root), "--quiet"]) == 0
    for name in ("oneoff.toml", "master-data.xlsx", "mistakes.xlsx"):
        shutil.copy(SAMPLES / name, root / name)
    monkeypatch.chdir(root)
    monkeypatch.setenv("ONEOFF_USER", "anna")
    return root


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Type a command; returns its exit code and all that it printed."""
    from oneoff_batch.cli import run

    def type_(*args: object) -> tuple[int, str]:
        code = run([str(a) for a in args])
        return code, "".join(capsys.readouterr())

    return type_


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Type a command with --json; returns its exit code and its result."""
    from oneoff_batch.cli import run

    def type_(*args: object) -> tuple[int, Any]:
        code = run([*map(str, args), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return type_
