"""The option `--update-golden`, what compares an outcome with its golden file, and a workspace to type commands in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

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
