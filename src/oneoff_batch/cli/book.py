"""`book`: back up, restore, copy and bring up to date the book itself, and say who may do what in it."""

from __future__ import annotations

from pathlib import Path

import click

from ..problems import counted
from .terminal import Terminal, amount, common, now


@click.group()
def book() -> None:
    """Keep the book: backups, another database, who may do what.

    \b
    Examples:
      oneoff-batch book backup
      oneoff-batch book restore backups/book-2026-11-30-183000.sqlite
      oneoff-batch book copy book.sqlite postgresql://anna@db.example.com/books
      oneoff-batch book grants
    """


@book.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@common
def backup(terminal: Terminal, path: Path | None, dry_run: bool) -> None:
    """Write the whole book to a new file, and prove that it holds there.

    \b
    Examples:
      oneoff-batch book backup
      oneoff-batch book backup /mnt/safe/book-november.sqlite

    Others may go on working. Without PATH it goes into the folder backups of the workspace. Keep it on another disk: one
    that lies beside the book is lost with it.
    """
    from ..book.keeping import backup as write

    workspace = terminal.workspace()
    path = path or workspace.root / "backups" / f"book-{now():%Y-%m-%d-%H%M%S}.sqlite"
    if dry_run:
        terminal.say(f"Would write {terminal.path(path)}.")
        terminal.result({"dry_run": True, "file": str(path)})
        return
    with terminal.working("Writing and proving the backup"):
        kept = write(workspace.book_url, path, terminal.progress)
    terminal.say(
        f"Wrote {terminal.path(path)}, and proved that it holds:",
        *_holding(kept.invoices, kept.entries, kept.head),
        f"To go back to it one day: {terminal.again(f'book restore {terminal.path(path)}')}",
    )
    terminal.result({"file": str(path), "invoices": kept.invoices, "entries": kept.entries, "head": kept.head})


def _holding(invoices: int, entries: int, head: str) -> list[str]:
    return [
        f"  {counted(invoices, 'final invoice')}, {counted(entries, 'entry', 'entries')} of the audit chain",
        f"  Head of the chain: {head}",
    ]


@book.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also where the book has something in it; that is kept beside it.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@common
def restore(terminal: Terminal, file: Path, replace: bool, dry_run: bool) -> None:
    """Put the book of a backup in the place of the present one.

    \b
    Examples:
      oneoff-batch book restore backups/book-2026-11-30-183000.sqlite --dry-run
      oneoff-batch book restore backups/book-2026-11-30-183000.sqlite --replace

    It says first what the present book has that the backup lacks: numbers that were drawn since would be drawn again.
    """
    from ..pipeline.keeping import restore as put_back

    workspace = terminal.workspace()
    with terminal.working("Proving the backup"):
        done = put_back(workspace, file, now(), terminal.progress, replace=replace, dry_run=dry_run)
    lost = done.lost
    if lost is None and done.occupied:
        terminal.say("The present book is another one, or it is damaged: it does not go on from this backup.")
    elif lost is not None and lost.entries:
        drawn = f", and with them these numbers: {_first_and_last(lost.numbers)}" if lost.numbers else ""
        terminal.say(f"The present book has {counted(lost.entries, 'later entry', 'later entries')}{drawn}.")
        if lost.numbers:
            terminal.say("Those numbers would be drawn again, for other invoices. Customers who have them must hear of it.")
    result = {"file": str(file), "invoices": done.kept.invoices, "entries": done.kept.entries, "head": done.kept.head}
    if done.aside:
        terminal.say(f"The book that was there is kept as {terminal.path(done.aside)}.")
    if dry_run:
        terminal.say("Would restore:", *_holding(done.kept.invoices, done.kept.entries, done.kept.head))
    else:
        terminal.say("Restored:", *_holding(done.kept.invoices, done.kept.entries, done.kept.head))
        terminal.say(f"Next: {terminal.again('ledger export')}, and preview for batches whose pages have changed")
    terminal.result(
        {"dry_run": dry_run, **result, "lost": list(lost.numbers) if lost else [], "kept_as": str(done.aside or "")}
    )


def _first_and_last(numbers: tuple[str, ...]) -> str:
    """Return the numbers by what they begin with: the first and the last of each, and how many."""
    groups: dict[str, list[str]] = {}
    for number in numbers:
        groups.setdefault(number.rstrip("0123456789"), []).append(number)
    return ", ".join(n[0] if len(n) == 1 else f"{n[0]} to {n[-1]} ({amount(str(len(n)))})" for n in groups.values())


@book.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--dry-run", is_flag=True, help="Say what would be copied, and copy nothing.")
@common
def copy(terminal: Terminal, source: str, target: str, dry_run: bool) -> None:
    """Copy a whole book into an empty one, from one database to the other.

    \b
    Examples:
      oneoff-batch book copy book.sqlite postgresql://anna@db.example.com/books
      oneoff-batch book copy postgresql://anna@db.example.com/books copy.sqlite

    FROM and TO are files or addresses. The copy ends with the same head of the chain, or it is not made. Afterwards name
    the new book under [files] in the settings, and let nobody work in the old one.
    """
    from ..pipeline.keeping import copy_book
    from ..pipeline.workspace import named, without_password

    done = copy_book(source, target, terminal.progress, dry_run=dry_run)
    said = without_password(target)
    terminal.say(f"{'Would copy' if dry_run else 'Copied, and proved that it holds there'}:")
    terminal.say(*_holding(done.invoices, done.entries, done.head))
    if not dry_run:
        terminal.say(f"Next: write  book = {named(target)}  under [files] in the settings, and put the old book away.")
    told = {"from": without_password(source), "to": said, "dry_run": dry_run}
    terminal.result({**told, "invoices": done.invoices, "entries": done.entries, "head": done.head})


@book.command()
@click.option("--dry-run", is_flag=True, help="Say whether there is something to do, and do nothing.")
@common
def migrate(terminal: Terminal, dry_run: bool) -> None:
    """Bring a book of an older version to the form of this one.

    \b
    Example:
      oneoff-batch book migrate

    Every command does so where it may; on a shared book it is for whoever owns the tables. It is done wholly or not at all.
    """
    from ..book.engine import REVISIONS, create_book, revision_at

    workspace = terminal.workspace()
    before = revision_at(workspace.book_url)
    if before is None:
        raise click.ClickException("There is no book there. Make one with: oneoff-batch init")
    if before == REVISIONS[-1]:
        terminal.say(f"Nothing to do: the book has the form {before} already.")
    elif dry_run:
        terminal.say(f"Would bring the book from the form {before} to {REVISIONS[-1]}.")
    else:
        create_book(workspace.book_url)
        terminal.say(
            f"Brought the book from the form {before} to {REVISIONS[-1]}.", f"Next: {terminal.again('ledger verify')}"
        )
    terminal.result({"dry_run": dry_run, "before": before, "after": before if dry_run else REVISIONS[-1]})


@book.command()
@common
def grants(terminal: Terminal) -> None:
    """Print the SQL that lets people do their part in a shared book, and no more.

    \b
    Example:
      oneoff-batch book grants > grants.sql
      psql postgresql://owner@db.example.com/books --file grants.sql

    For PostgreSQL. It makes the roles of uploader, reviewer, finalizer and auditor, to be granted to people; whoever runs it
    owns the tables and may create roles. The README says who may do what.
    """
    from ..book.keeping import grants as script

    if terminal.json:
        terminal.result({"sql": script()})
    else:
        click.echo(script(), nl=False)


COMMANDS = (book,)
