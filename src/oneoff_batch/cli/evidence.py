"""`evidence`: one zip with everything about a batch, and its check without the book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..problems import counted
from .looking import known_batch
from .terminal import PROBLEMS, Terminal, common, leave, now, problem_lines

if TYPE_CHECKING:
    from ..exporting.evidence_check import Checked


class _Evidence(click.Group):
    """A group in which a first word that is no command is the batch of `pack`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, and what is left to be read."""
        known = self.get_command(ctx, args[0]) is not None
        return super().resolve_command(ctx, args if known else ["pack", *args])


@click.group(cls=_Evidence, subcommand_metavar="BATCH [PATH] | verify PACK.zip", no_args_is_help=True,
             context_settings={"ignore_unknown_options": True})  # fmt: skip
def evidence() -> None:
    """Make one zip with everything about a batch for the auditor, or check one without the book.

    \b
    Examples:
      oneoff-batch evidence 2026-11-30-1
      oneoff-batch evidence 2026-11-30-1 to-the-auditor/november.zip
      oneoff-batch evidence verify to-the-auditor/november.zip

    evidence BATCH is short for evidence pack BATCH; see: oneoff-batch evidence pack --help
    """


@evidence.command()
@click.argument("batch")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@common
def pack(terminal: Terminal, batch: str, path: Path | None, force: bool, dry_run: bool) -> None:
    """Write one zip with everything about a batch, and check it.

    \b
    Examples:
      oneoff-batch evidence 2026-11-30-1
      oneoff-batch evidence 2026-11-30-1 to-the-auditor/november.zip
      oneoff-batch evidence pack 2026-11-30-1 --force

    Input, data, problems, previews, approvals, ledger, settings and master data, with the SHA-256 of each file, and a page
    that says what each one is. Without PATH it is evidence/BATCH.zip in the workspace. The word pack may be left out.
    """
    from ..pipeline.evidence import write_evidence

    with terminal.book() as (workspace, book):
        known_batch(book, batch)
        path = path or workspace.root / "evidence" / f"{batch}.zip"
        if path.exists() and not force:
            raise click.ClickException(f"{path} exists already. Choose another name, or add --force to overwrite it.")
        if dry_run:
            terminal.say(f"Would write {terminal.path(path)}.")
            terminal.result({"dry_run": True, "file": str(path)})
            return
        checked = write_evidence(workspace, book, batch, path, now(), terminal.progress)
    shown = terminal.path(path)
    terminal.say(
        f"Wrote {shown}, and checked it: {_holding(checked)}.",
        f"  SHA-256: {checked.sha256}",
        "Note the SHA-256 outside the book, and hand the pack over.",
        f"Whoever has it can check it without the book: oneoff-batch evidence verify {shown}",
    )
    terminal.result({"file": str(path), **_as_dict(checked)})


@evidence.command()
@click.argument("file", metavar="PACK.zip", type=click.Path(path_type=Path, dir_okay=False))
@common
def verify(terminal: Terminal, file: Path) -> None:
    """Check a pack with nothing but the pack: no book, no workspace; nothing is unpacked.

    \b
    Example:
      oneoff-batch evidence verify november.zip

    Every file against its SHA-256, every entry against its hash, every invoice against its seal, all sums, tables and
    documents against the entries. It says what holds, and what a pack alone cannot prove.
    """
    from ..exporting.evidence_check import check_pack

    with terminal.working("Checking"):
        found = check_pack(file)
    terminal.say(*problem_lines(found.problems))
    if found.more:
        terminal.say(f"  … and {found.more:,} more of the kind.")
    if found.problems:
        terminal.say("", click.style("The pack does not hold.", fg="red", bold=True))
    else:
        terminal.say(*_holds(found))
    terminal.say("", f"  SHA-256 of the pack: {found.sha256}")
    terminal.result({"file": str(file), **_as_dict(found)})
    if found.problems:
        leave(PROBLEMS)


def _holds(found: Checked) -> list[str]:
    documents = counted(found.documents, "document")
    kept = f"{documents} that the batch came from: each is what its entry names" if found.documents else (
        "No document: the book kept none when this batch was uploaded; its entry has the SHA-256 of the upload"
    )  # fmt: skip
    return [
        click.style(f"The pack of batch {found.batch} holds.", bold=True) + f" It was made {found.made_at}.",
        f"  {counted(found.files, 'file')}: each is there with its SHA-256, and none beside them",
        f"  {counted(found.entries, 'entry', 'entries')} of the audit chain: each has its hash",
        f"  {counted(found.invoices, 'invoice')}, {found.final:,} final: as sealed, and totals add up to the cent",
        "  Ledger, approvals, payments and data tables say the same as entries and seals",
        f"  {kept}",
        "",
        "What a pack alone cannot prove:",
        "  That nobody wrote data, entries and sums anew: compare the SHA-256 below with the one that was noted on the day.",
        "  That no entry was left out, and what happened in between. With the book, this proves that nothing changed since;",
        "  the entries.jsonl of a new pack must begin with the lines of this one:",
        f"    oneoff-batch ledger verify --since {found.head}",
        "  That previews and problems.json are what the program wrote; what counts are data and ledger.",
    ]


def _holding(found: Checked) -> str:
    entries = counted(found.entries, "entry", "entries")
    return f"{counted(found.files, 'file')}, {counted(found.invoices, 'invoice')}, {entries} of the audit chain"


def _as_dict(found: Checked) -> dict[str, Any]:
    names = ("sha256", "batch", "made_at", "files", "entries", "invoices", "final", "documents", "book_entries", "head")
    told = {name: getattr(found, name) for name in names}
    return {**told, "problems": [p.as_dict() for p in found.problems], "more": found.more}


COMMANDS = (evidence,)
