"""The generated parts of the documentation: commands, columns, problem codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click


def commands() -> str:
    """Return the help of every command as Markdown."""
    from . import cli

    parts = [f"## oneoff-batch {' '.join(path)}\n\n```text\n{_help(command, path)}\n```" for path, command in _walk(cli)]
    return f"```text\n{_help(cli, ())}\n```\n\n" + "\n\n".join(parts)


def _walk(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _walk(command, (*path, name))


def _help(command: click.Command, path: tuple[str, ...]) -> str:
    names = ["-h", "--help"]
    info = " ".join(("oneoff-batch", *path))
    context = click.Context(command, info_name=info, terminal_width=96, max_content_width=96, help_option_names=names)
    text = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.splitlines())


def columns(of: str) -> str:
    """Return the sheets of an upload, of the master data or of corrections, with their columns as Markdown tables."""
    from ..columns import MASTER, UPLOAD
    from ..columns.corrections import CORRECTIONS

    parts = []
    for table in {"upload": UPLOAD, "master data": MASTER, "corrections": CORRECTIONS}[of]:
        rows = [_row(name, column) for name, column in table.columns.items()]
        head = "| Column | Field | What goes there | Example |\n|---|---|---|---|"
        parts.append(f"### {table.title}\n\n{table.help}\n\n{head}\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _row(name: str, column: Any) -> str:
    mark = " *" if column.metadata["required"] else ""
    return f"| {column.title}{mark} | `{name}` | {column.description} | {column.metadata.get('example', '')} |"


def problems() -> str:
    """Return every problem code with its sentence, remedy, reason and examples."""
    from ..problems import Kind, catalogue

    families: Mapping[str, str] = {
        "E1": "The file and its columns", "E2": "A cell", "E3": "Relations and references", "E4": "Tax",
        "E5": "Statuses, numbers and the ledger", "W1": "Warnings: the file", "W2": "Warnings: a cell",
        "W3": "Warnings: relations", "W4": "Warnings: tax", "W5": "Warnings: the ledger",
        "N1": "Notes: the file", "N2": "Notes: a cell", "N3": "Notes: relations", "N5": "Notes: statuses",
    }  # fmt: skip

    def told(kind: Kind) -> str:
        return (
            f"**{kind.code} {kind.title}.** {kind.text}  \n{kind.fix}  \n*Why:* {kind.why}  \n"
            f"*Good:* {kind.good}  \n*Bad:* {kind.bad}"
        )

    parts = []
    for family, title in families.items():
        own = [told(k) for code, k in catalogue().items() if code.startswith(family)]
        parts.append(f"### {title}\n\n" + "\n\n".join(own))
    return "\n\n".join(parts)


def exit_codes() -> str:
    """Return the exit codes as a Markdown table."""
    from .terminal import EXIT_CODES

    return "| Code | Meaning |\n|---|---|\n" + "\n".join(f"| {code} | {words} |" for code, words in EXIT_CODES.items())


def statuses() -> str:
    """Return the picture and the tables of what may be done with an invoice, and when."""
    from .statuses import moves, picture, table

    parts = (picture(), "## What each command does", moves(), "## What can be done from where", table())
    return "\n\n".join(parts)
