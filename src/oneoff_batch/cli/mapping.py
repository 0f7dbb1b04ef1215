"""`map`: how each column of a file is understood, and a profile made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .batch import files_argument, reading_as, reading_options
from .terminal import OK, PROBLEMS, Terminal, common, leave, printable, problem_lines, table

if TYPE_CHECKING:
    from ..pipeline.mapping import Looked
    from ..pipeline.workspace import Workspace
    from ..reading import ColumnRead, Options, Profile, SheetRead

_WIDTHS = (24, 18, 28)
"""The most characters for the header, for what it means, and for why."""
_WIDE, _LEAST = 100, 12


@click.command(name="map")
@files_argument(required=False)
@click.option("--profile", help="Begin with a profile: a file, or the name of one.")
@click.option("--list", "listed", is_flag=True, help="List the profiles that there are.")
@click.option("--set", "sets", multiple=True, metavar="HEADER=COLUMN", help="Your header means this column of ours.")
@click.option("--ignore", multiple=True, metavar="HEADER", help="Leave a column out, without a warning.")
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="How the file writes dates.")
@click.option("--decimal", type=click.Choice([",", "."]), help="The decimal mark of the file.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write a profile of what was understood.")
@click.option("--replace", "overwrite", is_flag=True, help="Let --save overwrite a file.")
@reading_options
@common
def map_(terminal: Terminal, files: tuple[Path, ...], listed: bool, options: Options, **words: Any) -> None:
    """Show how each column of a file is understood, and why; save it as a profile.

    \b
    Examples:
      oneoff-batch map --list
      oneoff-batch map november.csv
      oneoff-batch map november.csv --set "Account=Customer" --dates day-first --save profiles/shop.toml
      oneoff-batch map xero.csv --profile xero

    A profile says which of your headers is which of our columns, for every file of the same program.
    """
    if listed:
        _list(terminal)
        return
    if not files:
        raise click.UsageError("Name a file, or ask for the profiles that there are with --list.")
    save, overwrite = words.pop("save"), words.pop("overwrite")
    if save is not None and save.exists() and not overwrite:
        raise click.ClickException(f"{save} exists already. Choose another name, or add --replace to overwrite it.")
    looked, profile = _look(terminal, files, options, **words)
    _tell(terminal, looked)
    if save is not None:
        _save(terminal, save, profile, looked, files, options)
    else:
        _next(terminal, looked, files, options, words)
    terminal.result({**_as_dict(looked), "saved": None if save is None else str(save)})
    leave(PROBLEMS if looked.missing else OK)


def _look(
    terminal: Terminal,
    files: tuple[Path, ...],
    options: Options,
    profile: str | None,
    sets: tuple[str, ...],
    ignore: tuple[str, ...],
    dates: str | None,
    decimal: str | None,
) -> tuple[Looked, Profile]:
    from ..pipeline.mapping import check_headers, custom_of, look, with_sets
    from ..reading import Profile, named_profile

    workspace = _workspace(terminal)
    custom = custom_of(workspace)
    base = named_profile(profile, workspace.profiles if workspace else None) if profile else Profile("")
    pairs = [_pair(text) for text in sets]
    chosen = with_sets(base, pairs, custom)
    chosen = replace(chosen, ignore=(*chosen.ignore, *(h for h in ignore if h not in chosen.ignore)))
    chosen = replace(chosen, dates=dates or chosen.dates, decimal=decimal or chosen.decimal)
    looked = look(files, custom, chosen, options)
    check_headers(looked, [*(header for header, _ in pairs), *ignore])
    return looked, chosen


def _pair(text: str) -> tuple[str, str]:
    header, equals, field = (part.strip() for part in text.rpartition("="))
    if not (header and equals and field):
        raise click.BadParameter(f'"{text}" is not of the form "Your header=our column".', param_hint="--set")
    return header, field


def _workspace(terminal: Terminal) -> Workspace | None:
    """The workspace where there is one: its custom fields and profiles count, but none is needed."""
    from ..pipeline.workspace import SETTINGS_FILE

    return terminal.workspace() if (terminal.root / SETTINGS_FILE).is_file() else None


def _list(terminal: Terminal) -> None:
    from ..reading import load_profile, profiles_in, shipped_names, shipped_profile

    workspace = _workspace(terminal)
    own = {name: load_profile(path) for name, path in profiles_in(workspace.profiles if workspace else None).items()}
    shipped = {name: shipped_profile(name) for name in shipped_names() if name not in own}
    listed = [*((n, p, "yours") for n, p in own.items()), *((n, p, "shipped") for n, p in shipped.items())]
    for name, profile, whose in listed:
        terminal.say(f"  {click.style(f'{name:<20}', bold=True)} {whose}")
        terminal.say(_wrapped(profile.description, "      "))
    terminal.say("", "Next: oneoff-batch map YOUR-FILE.csv --profile NAME")
    terminal.result({"profiles": [{"name": n, "whose": w, "description": p.description} for n, p, w in listed]})


def _tell(terminal: Terminal, looked: Looked) -> None:
    for i, sheet in enumerate(looked.sheets):
        name = printable(f"{sheet.sheet.name} ({sheet.sheet.file})")
        if not sheet.table and not sheet.columns:
            terminal.say(click.style(name, bold=True) + f": not read, {sheet.why}.", "")
            continue
        terminal.say(
            click.style(name, bold=True) + (f": {sheet.title}, {sheet.why}." if sheet.table else f": {sheet.why}."),
            f"  The header is in row {sheet.sheet.header_row}; {counted(len(sheet.sheet.cells), 'row')} below it.",
            *table(_rows(i, sheet, looked)),
            "",
        )
    if looked.like:
        terminal.say(f"The headers are those of {looked.like}: try  --profile {looked.like}", "")
    if looked.problems:
        terminal.say(*problem_lines(looked.problems), "")
    if looked.open:
        terminal.say(click.style("Still open:", bold=True), *(_wrapped(sentence, "  - ") for sentence in looked.open), "")


def _rows(i: int, sheet: SheetRead, looked: Looked) -> list[list[str]]:
    """Return the table of a sheet's columns; the values take what is left of the line."""
    rows = [["", "Header", "Understood as", "Because of", "Shows"], *(_row(i, c, looked) for c in sheet.columns)]
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    left = _WIDE - 2 - sum(max(len(row[n]) for row in rows) + 3 for n in range(len(rows[0])))
    values = ["Values", *(" | ".join(c.samples) for c in sheet.columns)]
    return [[*row, _cut(text, max(left, _LEAST))] for row, text in zip(rows, values, strict=True)]


def _row(i: int, column: ColumnRead, looked: Looked) -> list[str]:
    why = column.why + (f"; like {column.near}" if column.near else "")
    texts = zip((column.header, column.title or "-", why), _WIDTHS, strict=True)
    return [column.letter, *(_cut(t, w) for t, w in texts), looked.shown.get((i, column.letter), "").partition(" by ")[0]]


def _cut(text: str, width: int) -> str:
    one_line = printable(" ".join(text.split()))
    return one_line if len(one_line) <= width else one_line[: width - 1] + "…"


def _wrapped(text: str, mark: str) -> str:
    return click.wrap_text(printable(text), _WIDE, mark, " " * len(mark))


def _save(
    terminal: Terminal, save: Path, profile: Profile, looked: Looked, files: tuple[Path, ...], options: Options
) -> None:
    from ..pipeline.mapping import as_understood
    from ..reading import save_profile
    from ..showing.saving import saved

    described = profile.description or f"Made from {', '.join(f.name for f in files)}."
    whole = as_understood(replace(profile, name=save.stem, description=described), looked)
    with saved(save) as draft:
        save_profile(draft, whole)
    asked = terminal.asked(files, reading_as(terminal.path(save), options))
    terminal.say(f"Saved {terminal.path(save)}.", f"Next: {asked.upload('check')}")


def _next(terminal: Terminal, looked: Looked, files: tuple[Path, ...], options: Options, words: dict[str, Any]) -> None:
    said = any(words[k] for k in ("sets", "ignore", "dates", "decimal"))
    if looked.open or said:
        terminal.say("Next: add what is open to this command, and --save profiles/NAME.toml to keep it.")
    else:
        terminal.say(f"Next: {terminal.asked(files, reading_as(words['profile'], options)).upload('check')}")


def _as_dict(looked: Looked) -> dict[str, Any]:
    sheets = [
        {
            "file": s.sheet.file,
            "sheet": s.sheet.name,
            "table": s.table,
            "why": s.why,
            "header_row": s.sheet.header_row,
            "rows": len(s.sheet.cells),
            "missing": list(s.missing),
            "columns": [
                {
                    "column": c.letter,
                    "header": c.header,
                    "field": c.field,
                    "title": c.title,
                    "why": c.why,
                    "like": c.near,
                    "shows": looked.shown.get((i, c.letter), ""),
                    "samples": list(c.samples),
                }
                for c in s.columns
            ],
        }
        for i, s in enumerate(looked.sheets)
    ]
    found = {"sheets": sheets, "open": list(looked.open), "like": looked.like}
    return {**found, "problems": [p.as_dict() for p in looked.problems]}


COMMANDS = (map_,)
