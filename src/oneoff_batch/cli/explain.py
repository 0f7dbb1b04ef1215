"""`explain`: why a rule exists, with a good and a bad example."""

from __future__ import annotations

from typing import Any

import click

from .terminal import Terminal, common


@click.command()
@click.argument("code", required=False)
@click.option("--list", "listed", is_flag=True, help="List every code.")
@common
def explain(terminal: Terminal, code: str | None, listed: bool) -> None:
    """Say what a problem code means, and why the rule exists.

    \b
    Examples:
      oneoff-batch explain E205
      oneoff-batch explain --list
    """
    from ..problems import catalogue

    kinds = catalogue()
    if listed or code is None:
        terminal.say(*(f"  {k.code}  {k.title}" for k in kinds.values()))
        terminal.result({"codes": [_as_dict(k) for k in kinds.values()]})
        return
    kind = kinds.get(code.upper())
    if kind is None:
        raise click.BadParameter(f'there is no code "{code}". See: oneoff-batch explain --list')
    scope = "Nothing of the file can be drafted." if kind.scope == "file" else "It holds back its own invoice only."
    weight = {"W": "A warning: nothing is held back.", "N": "A note: worth knowing, nothing to do."}
    terminal.say(
        f"{click.style(kind.code, bold=True)}  {kind.title}",
        weight.get(kind.code[0], f"An error. {scope}"),
        "",
        f"  Why     {kind.why}",
        f"  Fix     {kind.fix}",
        f"  Good    {kind.good}",
        f"  Bad     {kind.bad}",
    )
    terminal.result(_as_dict(kind))


def _as_dict(kind: Any) -> dict[str, str]:
    return {name: getattr(kind, name) for name in ("code", "title", "text", "fix", "why", "good", "bad", "scope")}


COMMANDS = (explain,)
