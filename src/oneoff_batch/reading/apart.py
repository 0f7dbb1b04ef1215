"""Reads a file in a process of its own, so that no file can take the run down with it.

The other process writes what it read into a file without a name, one row a line, the index last.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from .source import Damaged, Marks, Raw, Row, Workbook, Worksheet
from .unreadable import MOST_BYTES, Unreadable, unreadable

_MEMORY, _MEMORY_PER_BYTE = 300_000_000, 10
_SECONDS, _BYTES_PER_SECOND = 8, 700_000
_TAIL = 24
_START = """
import importlib, sys, types
_, module, folder, *arguments = sys.argv
room = types.ModuleType(module.rpartition(".")[0])
room.__path__ = [folder]
sys.modules[room.__name__] = room
importlib.import_module(module).main(*arguments)
"""
"""Loads this module without the room around it, and so without the data libraries, which take most of a second."""
_TOO_LONG = "reading it takes longer than a workbook of its size should"
_TOO_MUCH = "reading it takes more memory than a workbook of its size should"
_BROKEN = "its contents do not follow the rules for workbooks"


def read_apart(path: Path, form: str) -> Workbook:
    """Return what `open_xls`, `open_xlsb` or `open_ods` (`form` "xls", "xlsb", "ods") reads, and all of it.

    At most 300 MB of memory and 10 bytes for each of the file, 30 s of processor time and 1 s for each MB. Raises
    `Damaged` and `Unreadable` as they do, E105 where it took too much, and E103 where the reader broke down.
    """
    seconds = _SECONDS + path.stat().st_size // _BYTES_PER_SECOND
    output = tempfile.TemporaryFile()  # noqa: SIM115 - the workbook that is returned reads its rows from it
    here = [__spec__.name, str(Path(__file__).parent)]
    command = [sys.executable, "-P", "-c", _START, *here, form, str(path.resolve()), str(seconds)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, timeout=2 * seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise unreadable("E105", path, what=_TOO_LONG) from error
    if done.returncode:
        raise _stopped(path, done.returncode, done.stderr)
    return _workbook(path, output)


def _stopped(path: Path, code: int, said: bytes) -> Unreadable:
    reason = Damaged(said[-2000:].decode("utf-8", "replace"))
    if sys.platform != "win32" and code in (-signal.SIGXCPU, -signal.SIGKILL):
        fault = unreadable("E105", path, what=_TOO_LONG)
    else:
        fault = unreadable("E103", path, what=_BROKEN)
    fault.__cause__ = reason
    return fault


def _workbook(path: Path, output: IO[bytes]) -> Workbook:
    end = output.seek(-_TAIL, 2)
    output.seek(int(output.read(_TAIL)))
    index = json.loads(output.read(end - output.tell()))
    if "damaged" in index:
        raise Damaged(index["damaged"])
    if "code" in index:
        raise unreadable(index["code"], path, **index["details"])
    sheets = tuple(_worksheet(output, **sheet) for sheet in index.pop("worksheets"))
    return Workbook(sheets, **_frozen(index))


def _worksheet(output: IO[bytes], name: str, visible: bool, start: int, count: int, marks: dict[str, Any]) -> Worksheet:
    said = Marks(**_frozen(marks))
    return Worksheet(name, visible, lambda: _rows(output, start, count), lambda: said)


def _frozen(value: Any) -> Any:
    """Return what JSON kept with tuples in the place of lists, as it was before."""
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _rows(output: IO[bytes], start: int, count: int) -> Iterator[Row]:
    """Every row is looked up by its place, so that two sheets can be read side by side."""
    for _ in range(count):
        output.seek(start)
        line = output.readline()
        start += len(line)
        number, cells = json.loads(line)
        yield number, [Raw(*cell) for cell in cells]


class _Writer:
    """Writes a workbook row by row."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output, self._place = output, 0

    def line(self, content: object) -> None:
        """Write one thing as one line."""
        self._place += self._output.write(json.dumps(content, separators=(",", ":")).encode() + b"\n")

    def close(self, index: dict[str, Any]) -> None:
        """Write the index, and where it is."""
        start = self._place
        self.line(index)
        self._output.write(b"%*d" % (_TAIL, start))
        self._output.flush()

    def workbook(self, book: Workbook) -> None:
        """Write all of a workbook."""
        sheets = [self._worksheet(sheet) for sheet in book.worksheets]
        index = {name: value for name, value in vars(book).items() if name not in ("worksheets", "strings")}
        self.close({**index, "strings": list(book.strings), "worksheets": sheets})

    def _worksheet(self, sheet: Worksheet) -> dict[str, Any]:
        start, count = self._place, 0
        for row in sheet.rows():
            self.line(row)
            count += 1
        marks = vars(sheet.marks())
        return {"name": sheet.name, "visible": sheet.visible, "start": start, "count": count, "marks": marks}


def main(form: str, file: str, seconds: str) -> None:
    """Read a file, and write what is in it, or why not, to the standard output; this is the other process."""
    path, writer = Path(file), _Writer(sys.stdout.buffer)
    _limit(_MEMORY + _MEMORY_PER_BYTE * path.stat().st_size, int(seconds))
    try:
        _FORMS[form](path, writer)
    except Damaged as error:
        writer.close({"damaged": str(error)})
    except Unreadable as error:
        writer.close({"code": error.problem.code, "details": dict(error.problem.details)})
    except MemoryError:
        writer.close({"code": "E105", "details": {"what": _TOO_MUCH}})


def _limit(memory: int, seconds: int) -> None:
    """Limit this process beyond what it already uses; some platforms have no such limits."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MOST_BYTES, 2 * MOST_BYTES))
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))


def _xls(path: Path, writer: _Writer) -> None:
    from .old_excel import open_xls

    writer.workbook(open_xls(path))


def _zipped(module: str, name: str) -> Callable[[Path, _Writer], None]:
    def read(path: Path, writer: _Writer) -> None:
        from importlib import import_module

        try:
            with ZipFile(path) as archive:
                writer.workbook(getattr(import_module(f"..{module}", __spec__.name), name)(archive))
        except BadZipFile as error:
            raise Damaged(str(error)) from error

    return read


_FORMS = {"xls": _xls, "xlsb": _zipped("binary_excel", "open_xlsb"), "ods": _zipped("open_document", "open_ods")}
