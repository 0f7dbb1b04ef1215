"""`init`, `template`, `doctor`: a workspace, its blank workbooks, and its health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .terminal import PROBLEMS, Terminal, common, leave


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@common
def init(terminal: Terminal, folder: Path, dry_run: bool) -> None:
    """Make a workspace: settings, master data, blank upload workbook, empty book.

    \b
    Examples:
      oneoff-batch init books
      oneoff-batch init
      oneoff-batch init books --book postgresql://anna@db.example.com/books

    Without FOLDER it is made in the folder where you are. Nothing that exists is overwritten. With --book the book is made
    there, or the one that is there is used, and the settings name it.
    """
    names = ("oneoff.toml", "master-data.xlsx", "upload.xlsx", *(() if terminal.at else ("book.sqlite",)))
    if dry_run:
        terminal.say(f"Would make in {folder}: {', '.join(names)}")
        terminal.result({"dry_run": True, "workspace": str(folder), "files": list(names)})
        return
    from ..pipeline.setup import make_workspace
    from ..pipeline.workspace import without_password

    try:
        workspace = make_workspace(folder, terminal.at)
    except FileExistsError as e:
        raise click.ClickException(f"{e.args[0]} exists already, and init overwrites nothing. Nothing was made.") from None
    place = terminal.path(workspace.root)
    terminal.say(
        f"Made a workspace in {place if place != '.' else 'this folder'}:",
        "  oneoff.toml         settings, each with a comment",
        "  master-data.xlsx    your entities, customers, products and taxes; now an invented company to write over",
        "  upload.xlsx         the blank sheet for invoices and lines, with an example and a help sheet",
        "  book.sqlite         the book: drafts, numbers and ledger; keep a backup of it"
        if terminal.at is None
        else f"The book, with drafts, numbers and ledger, is {without_password(terminal.at)}; keep a backup of it.",
        "",
        "Next: fill in master-data.xlsx, then upload.xlsx, save it under another name, and run",
        f"      {'' if place == '.' else f'cd {place} && '}oneoff-batch check YOUR-FILE.xlsx",
    )
    terminal.result({"workspace": str(workspace.root.resolve()), "files": list(names)})


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("upload.xlsx"))
@click.option("--blank", is_flag=True, help="Without the master data of the workspace.")
@click.option("--credits", "of", flag_value="credits", help="A sheet of credits instead, for credit --from.")
@click.option("--payments", "of", flag_value="payments", help="A sheet of payments instead, for pay.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@common
def template(terminal: Terminal, path: Path, blank: bool, of: str | None, force: bool, dry_run: bool) -> None:
    """Write the blank upload workbook, with drop-downs from your master data.

    \b
    Examples:
      oneoff-batch template december.xlsx
      oneoff-batch template --blank empty.xlsx
      oneoff-batch template --credits credits.xlsx
      oneoff-batch template --payments payments.xlsx

    With --blank it needs no workspace, and has no drop-downs.
    """
    if path.exists() and not force:
        raise click.ClickException(f"{path} exists already. Choose another name, or add --force to overwrite it.")
    if dry_run:
        terminal.say(f"Would write {path}.")
        terminal.result({"dry_run": True, "file": str(path)})
        return
    from ..pipeline.intake import load_master
    from ..pipeline.setup import blank_sheet, blank_upload

    path.parent.mkdir(parents=True, exist_ok=True)
    if of is None:
        blank_upload(path, None if blank else load_master(terminal.workspace())[0])
    else:
        blank_sheet(path, of)
    step = {"credits": "credit --from", "payments": "pay"}.get(of or "", "check")
    terminal.say(f"Wrote {terminal.path(path)}.", f"Next: fill it in, and run  oneoff-batch {step} {terminal.path(path)}")
    terminal.result({"file": str(path)})


@click.command()
@common
def doctor(terminal: Terminal) -> None:
    """Look at the workspace: settings, master data, book, write access, versions.

    \b
    Example:
      oneoff-batch doctor
    """
    from ..pipeline.health import examine_workspace

    findings = examine_workspace(terminal.root, terminal.at)
    width = max(len(f.what) for f in findings)
    terminal.say(*(_line(f, width) for f in findings))
    bad = [f for f in findings if not f.good]
    need = "needs" if len(bad) == 1 else "need"
    terminal.say("", "All is well." if not bad else f"{len(bad)} of {len(findings)} {need} attention.")
    terminal.result({"findings": [{"what": f.what, "good": f.good, "words": f.words} for f in findings]})
    if bad:
        leave(PROBLEMS)


def _line(finding: Any, width: int) -> str:
    mark = click.style("ok   ", fg="green") if finding.good else click.style("look ", fg="red", bold=True)
    return f"  {mark} {finding.what:<{width}}   {finding.words}"


COMMANDS = (init, template, doctor)
