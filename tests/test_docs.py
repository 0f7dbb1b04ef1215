"""The documentation names everything there is, and what it shows is what the program says."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import click

from oneoff_batch.book.chain import FIELDS, START, canonical
from oneoff_batch.book.keeping import grants
from oneoff_batch.cli import cli, docs
from oneoff_batch.columns import MASTER, UPLOAD
from oneoff_batch.columns.corrections import CORRECTIONS
from oneoff_batch.lifecycle import MOVES
from oneoff_batch.problems import catalogue
from oneoff_batch.settings import Settings, parse_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def _page(name):
    return (ROOT / "docs" / name).read_text("utf-8")


def test_every_command_is_in_the_docs():
    text = _page("commands.md")
    assert docs.commands().strip() in text
    for name in cli.commands:
        assert f"## oneoff-batch {name}" in text


def test_every_column_is_in_the_docs():
    text = _page("columns.md")
    for table in (*UPLOAD, *MASTER, *CORRECTIONS):
        for name, column in table.columns.items():
            assert f"`{name}`" in text and column.title in text


def test_every_problem_code_is_in_the_docs():
    text = _page("problems.md")
    assert not [code for code in catalogue() if f"**{code} " not in text]


def test_every_command_that_the_readme_types_exists():
    typed = re.findall(r"^oneoff-batch ([a-z]+)(?: ([^ \n]+))?", README, re.MULTILINE)
    assert typed
    for name, word in typed:
        command = cli.commands[name]
        if isinstance(command, click.Group):
            _, found, _ = command.resolve_command(click.Context(command), [word])
            assert found is not None


def test_every_picture_and_link_of_the_readme_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_settings_file_says_the_defaults():
    text = (ROOT / "src" / "oneoff_batch" / "settings.toml").read_text("utf-8")
    assert parse_settings(text) == Settings()


def test_every_setting_is_in_the_settings_file():
    from dataclasses import fields

    text = (ROOT / "src" / "oneoff_batch" / "settings.toml").read_text("utf-8")
    settings = Settings()
    for part in ("files", "dates", "tax", "review", "numbers"):
        for setting in fields(getattr(settings, part)):
            assert f"\n{setting.name} = " in text, f"{part}.{setting.name}"


def test_the_entry_that_the_docs_show_has_the_hash_that_they_say():
    page = _page("book.md")
    entry = re.search(r"```json\n(\{.*\})\n```", page)[1]
    assert (
        hashlib.sha256(f"{START}\n{entry}".encode()).hexdigest() == re.search(r"its SHA-256 is\n`([0-9a-f]{64})`", page)[1]
    )
    told = json.loads(entry)
    assert (canonical(told).decode(), set(told)) == (entry, set(FIELDS))


def test_the_docs_name_every_role_and_every_action_of_the_chain():
    page = _page("book.md")
    roles = set(re.findall("oneoff_(?:auditor|uploader|reviewer|finalizer)", grants()))
    assert roles == set(re.findall("`(oneoff_[a-z]+)` [|]", page))
    source = "".join(p.read_text("utf-8") for p in (ROOT / "src" / "oneoff_batch" / "book").glob("*.py"))
    actions = {*re.findall(r'Entry\(\s*"([a-z-]+)"', source), *MOVES}
    told = re.search(r"leaves an entry: (.*?)\. An entry", page, re.S)[1]
    assert actions - set(re.findall("`([a-z-]+)`", told)) == set()
