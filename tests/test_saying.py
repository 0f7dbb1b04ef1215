"""What the commands say: which problem stops a file, what to type next, words instead of codes, nothing alive."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import openpyxl
import pytest
from samples import sample

from oneoff_batch.cli import cli
from oneoff_batch.pipeline.steps import Asked, typed_as
from oneoff_batch.problems import Problem, grouped, ranged

HEAD = "Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price"
ALIVE = ("\x1b[2J", "\x9b2J", "\u202e", "\u2066", "\u200f", "\x85")


def write(name, *refs, price="100.00", head=HEAD, more=""):
    rows = [f"{ref},C-1001,EUR,2026-11-10,Extra day,1,{price}{more}" for ref in refs]
    Path(name).write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return name


def words_of(page):
    return " ".join(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", Path(page).read_text("utf-8"), flags=re.DOTALL).split())


def test_a_file_that_is_stopped_as_a_whole_says_by_what_and_that_valid_only_does_not_help(books, typed, as_json):
    head = f"{HEAD},Expected total"
    write("a.csv", "A-1", head=head, more=",121.00")
    with Path("a.csv").open("a") as file:
        file.write("A-2,C-1001,EUR,2026-11-10,Extra day,1,100.00,999.00\n")
    sentence = 'not even with --valid-only: "Expected total differs" (E328, 1 invoice) stops the whole file.'
    for command in (["check"], ["draft"], ["draft", "--valid-only"]):
        code, out = typed(*command, "a.csv")
        assert code == 1 and sentence in out and "--valid-only\n" not in out, command
        assert "Totals" not in out and "Currency " not in out
    told = as_json("draft", "a.csv", "--valid-only")[1]
    assert told["batch"] is None and told["stopped_by"] == ["E328"] and sentence in told["stopped"]
    assert sentence.replace('"', "&#34;") in Path(told["written"]["page"]).read_text("utf-8")


def test_a_control_figure_that_cannot_be_read_stops_the_file_in_draft_as_in_check(books, typed):
    path = Path("a.xlsx")
    book = openpyxl.load_workbook(sample("E327"))
    book["Control"]["B2"] = "many"
    book.save(path)
    for command in (["check"], ["draft", "--valid-only"]):
        code, out = typed(*command, path)
        assert code == 1 and "Nothing can be drafted" in out and "stops the whole file" in out


def test_a_control_sheet_that_agrees_is_said_when_drafting_too(books, typed):
    shutil.copy(Path(__file__).parents[1] / "sample_data" / "november.xlsx", books)
    assert "The Control sheet agrees." in typed("draft", "november.xlsx")[1]


def test_a_file_that_one_problem_does_not_stop_says_nothing_of_it(books, as_json):
    write("a.csv", "A-1")
    told = as_json("check", "a.csv")[1]
    assert told["stopped"] == "" and told["stopped_by"] == []


def test_twenty_invoices_that_are_in_the_book_already_are_one_line(books, typed, as_json):
    refs = [f"NOV-{n:03}" for n in range(1, 21)]
    typed("draft", write("a.csv", *refs))
    out = typed("check", write("b.csv", *refs, "NOV-030"))[1]
    assert out.count("N303") == 1
    assert "20 invoices are in the book already, unchanged, and are left as they are: NOV-001 to NOV-020." in out
    told = as_json("check", "b.csv")[1]
    assert sum(p["code"] == "N303" for p in told["problems"]) == 20
    assert "20 unchanged: NOV-001 to NOV-020" in words_of(told["written"]["page"])


def test_all_that_is_in_the_book_already_is_nothing_to_do(books, typed):
    typed("draft", write("a.csv", "A-1"))
    Path("b.csv").write_text(Path("a.csv").read_text() + "\n")
    for command in ("check", "draft"):
        code, out = typed(command, "b.csv")
        assert code == 0 and "Nothing to do: all of it is in the book already." in out and "draft b.csv" not in out


def test_refs_that_follow_each_other_are_told_by_the_first_and_the_last():
    assert ranged(["A-9", "A-10", "A-11", "B", "C-1"]) == "A-9 to A-11, B, C-1"
    assert ranged(["A-09", "A-010"]) == "A-09, A-010"
    assert ranged([f"{c}-1" for c in "ABCDEFGH"]) == "A-1, B-1, C-1, D-1, E-1, F-1 and 2 more"
    assert ranged([]) == ""
    one = Problem("N303", invoice_ref="A-{1}", details={"batch": "B"})
    assert "A-{1} is in batch B" in grouped([one])[0].message


def test_pages_and_workbooks_say_what_to_type_with_the_workspace_and_the_profile(books, typed, as_json, monkeypatch):
    profile = '[columns]\nunit_price = "Preis"\n[defaults]\ncurrency = "EUR"\n'
    (books / "profiles").mkdir()
    (books / "profiles" / "shop.toml").write_text(profile, "utf-8")
    monkeypatch.chdir(books.parent)
    rows = "A-1,C-9999,2026-11-10,Day,1,100\nA-2,C-1001,2026-11-10,Day,1,100\n"
    Path("shop.csv").write_text(f"Invoice ref,Customer,Invoice date,Pricing name,Quantity,Preis\n{rows}", "utf-8")
    typed("check", "shop.csv", "--profile", "shop", "--workspace", "books")
    page = words_of("books/reports/shop-problems.html")
    assert "oneoff-batch draft shop.csv --profile shop --valid-only --workspace books" in page
    command = ("draft", "shop.csv", "--profile", "shop", "--workspace", "books", "--valid-only")
    out = typed(*command)[1]
    batch = as_json("status", "--workspace", "books")[1]["batches"][0]["batch"]
    to_fix = "oneoff-batch check books/reports/shop-to-fix.xlsx --workspace books"
    marked = "oneoff-batch check books/reports/shop-marked.xlsx --profile shop --workspace books"
    assert to_fix in out
    for name, wanted in (("shop-to-fix", to_fix), ("shop-marked", marked)):
        cells = openpyxl.load_workbook(f"books/reports/{name}.xlsx")["Problem list"]["A"]
        assert any(wanted in str(c.value) for c in cells), name
    assert to_fix in words_of("books/reports/shop-problems.html")
    approve = f"oneoff-batch approve {batch} --user NAME --workspace books"
    assert approve in out and approve in words_of(f"books/batches/{batch}/index.html")


def test_the_next_line_of_a_batch_follows_who_reads_it(books, typed):
    typed("draft", write("a.csv", "A-1"))
    own, other = typed("status")[1], typed("status", "--user", "ben")[1]
    assert "somebody else approves it:  oneoff-batch approve" in own and own.rstrip().endswith("--user NAME")
    assert "NAME" not in other and "oneoff-batch approve" in other
    with Path("oneoff.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[review]\nsame_person_may_approve = true\n")
    assert "NAME" not in typed("status")[1]
    assert "NAME" not in typed("draft", write("b.csv", "A-2"))[1]


def test_many_batches_are_the_last_ten_and_a_line_on_the_older_ones(books, typed, as_json):
    typed("draft", write("a.csv", "A-1"))
    with sqlite3.connect("book.sqlite") as book:
        for table in ("batch", "invoice"):
            columns = [row[1] for row in book.execute(f"PRAGMA table_info({table})")]
            first = dict(zip(columns, book.execute(f"SELECT * FROM {table}").fetchone(), strict=True))
            for n in range(12):
                own = {**first, "batch": f"2026-10-01-{n}", "file": f"f{n}.csv", "invoice_ref": f"B-{n}", "id": 100 + n}
                own["sha256"] = str(n)
                book.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", [own[c] for c in columns])
        book.execute("DELETE FROM invoice WHERE id < 100")
        book.execute("DELETE FROM batch WHERE file = 'a.csv'")
    book.close()
    out = typed("status")[1]
    assert "f11.csv" in out and "f2.csv" in out and "f1.csv" not in out
    assert "… and 2 older ones, 2 of them with invoices that are not final: oneoff-batch status --all" in out
    assert out.count("Next for") == 5 and "7 more batches" in out
    everything = typed("status", "--all")[1]
    assert "f0.csv" in everything and "older" not in everything
    assert len(as_json("status")[1]["batches"]) == 12


def test_a_file_that_is_not_there_is_a_file_that_cannot_be_read_and_near_names_are_given(books, typed):
    write("november.csv", "A-1")
    shutil.copy("november.csv", "november.txt")
    assert typed("check", "novembr.csv") == (
        3,
        "Error: There is no file novembr.csv. Did you mean november.csv or november.txt?\n",
    )
    assert typed("draft", "zzz.xlsx") == (3, "Error: There is no file zzz.xlsx.\n")
    assert typed("map", "nowhere/a.csv")[0] == 3
    code, out = typed("check", ".")
    assert code == 2 and "is a folder. Name the file in it." in out


def test_what_is_a_draft_already_is_replaced_and_not_corrected(books, typed):
    typed("draft", write("a.csv", "A-1"))
    out = typed("draft", write("b.csv", "A-1", "A-2", price="7"))[1]
    assert "oneoff-batch draft b.csv --replace" in out and "red cells" not in out
    assert not Path("reports/b-to-fix.xlsx").exists()
    assert typed("draft", "b.csv", "--replace")[0] == 0


def test_what_is_final_is_credited_and_not_corrected(books, typed, as_json):
    batch = as_json("draft", write("a.csv", "A-1"))[1]["batch"]
    as_json("finalize", batch, "--yes", "--all", "--user", "ben")
    out = typed("draft", write("b.csv", "A-1", "A-2", price="7"))[1]
    assert "What is final stays as it is" in out and "oneoff-batch draft b.csv --valid-only" in out
    assert "red cells" not in out and "--replace" not in out


def test_doctor_counts_one_as_one(books, typed):
    book = openpyxl.load_workbook("master-data.xlsx")
    book["Billing entities"].delete_rows(3, 50)
    book.save("master-data.xlsx")
    out = typed("doctor")[1]
    assert "1 billing entity," in out and "0 final invoices" in out


def test_an_invoice_is_shown_in_words(books, typed, as_json):
    batch = as_json("draft", write("a.csv", "A-1", price="1234.5"))[1]["batch"]
    out = typed("show", "A-1")[1]
    for words in (
        "Invoice A-1", "Draft, on hold; waiting for review", "To       Van den Berg", "Dated    10 November 2026", "1,234.50",
        "Total    1,493.75 EUR", "21 % of 1,234.50", f"in batch {batch}",
    ):  # fmt: skip
        assert words in out, words
    assert not re.search(r"PENDING|DRAFT|None|[a-z]_[a-z]", out)
    assert "Waiting for review" in typed("show", batch)[1]
    as_json("finalize", batch, "--yes", "--all", "--user", "ben")
    assert re.search(r"Invoice INV-\S+  Final on \d+ \w+ \d{4} by ben", typed("show", "A-1")[1])


def test_a_declined_invoice_is_shown_with_who_declined_it_and_why(books, typed, as_json):
    batch = as_json("draft", write("a.csv", "A-1", "A-2"))[1]["batch"]
    typed("decline", "A-1", "--reason", "We agreed on 90.00", "--user", "ben")
    assert 'Draft, on hold; declined by ben: "We agreed on 90.00"' in typed("show", "A-1")[1]
    assert as_json("show", "A-1")[1]["invoices"][0]["approval_reason"] == "We agreed on 90.00"
    said = typed("show", batch)[1]
    assert 'A-1 was declined by ben: "We agreed on 90.00".' in said and "A-2 was" not in said


def test_nothing_from_a_file_name_a_ref_or_a_value_is_alive_on_the_terminal_or_in_json(books, typed):
    alive = "".join(ALIVE)
    name = f"a{alive}b.csv"
    write(name, f"A{alive}1")
    Path(name).write_text(Path(name).read_text("utf-8").replace("C-1001", f"C{alive}9"), "utf-8")
    said = [typed(*c)[1] for c in (["draft", name], ["map", name], ["check", f"{name}x"], ["show", alive])]
    said += [typed(*c, "--json")[1] for c in (["check", name], ["map", name])]
    assert all(said)
    for out in said:
        assert not {text[0] for text in ALIVE} & set(out), out
    told = json.loads(said[4])
    assert told["files"] == [name]


def test_a_terminal_that_has_no_such_letters_shows_question_marks(books):
    write("a.csv", "Ω-1")
    done = subprocess.run(
        [sys.executable, "-c", "from oneoff_batch.cli import main; main()", "check", "a.csv"],
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": str(books), "ONEOFF_USER": "anna"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "1 invoice" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "args,words",
    [
        (["check", "a.csv", "--encoding", "klingon"], '"klingon" is no character set. Known ones are utf-8'),
        (["check", "a.csv", "--encoding", "undefined"], "is no character set"),
        (["check", "a.csv", "--profile", "xro"], 'Did you mean "xero"?'),
        (["map", "a.csv", "--set", "Customer"], 'is not of the form "Your header=our column"'),
        (["finalize", "B", "--invoice-date", "31.11.2026"], "Type the year first, as in 2026-11-30."),
        (["ledger", "list", "--last", "0"], '"0" is not a whole number of 1 or more.'),
        (["ledger", "export", "--year", "abc"], '"abc" is not a whole number of 1 or more.'),
        (["check", "a.csv", "--colums"], "No such option"),
        (["explain", "E999"], "oneoff-batch explain --list"),
    ],
)
def test_a_wrong_option_is_a_sentence(books, typed, args, words):
    write("a.csv", "A-1")
    code, out = typed(*args)
    assert code in (2, 4) and words in out and not re.search(r"%Y|range x|integer|Traceback", out), out


def _commands(group=cli, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("path,command", list(_commands()), ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_the_examples_of_a_command_can_be_typed_as_they_stand(path, command, monkeypatch):
    """Only what the words mean is tried, not the files that they name."""
    monkeypatch.setattr(Path, "exists", lambda *_: True)
    monkeypatch.setattr(Path, "is_dir", lambda *_: False)
    examples = [shlex.split(line) for line in command.help.splitlines() if line.strip().startswith("oneoff-batch ")]
    assert examples
    for _, *words in examples:
        words, group = words[: words.index(">")] if ">" in words else words, cli
        while isinstance(group, click.Group):
            _, group, words = group.resolve_command(click.Context(group), words)
        group.make_context("oneoff-batch", words)


def test_a_path_is_typed_so_that_a_shell_takes_it_whole():
    assert typed_as("november.xlsx") == "november.xlsx" and typed_as("Größe.csv") == "Größe.csv"
    assert typed_as("my file.xlsx") == '"my file.xlsx"' and typed_as("-q.csv") == "./-q.csv"
    assert shlex.split(typed_as('a "b" $HOME.csv')) == ['a "b" $HOME.csv']
    assert Asked(Path("my books")).again("status") == 'oneoff-batch status --workspace "my books"'


def mixed(name="mixed.csv"):
    """Three invoices, of which the second cannot be drafted."""
    write(name, "M-1", "M-2", "M-3")
    Path(name).write_text(Path(name).read_text("utf-8").replace("M-2,C-1001", "M-2,C-9999"), "utf-8")


@pytest.mark.parametrize(
    ("options", "ending", "words"),
    [
        ((), 1, ["Nothing would be drafted.", "With --valid-only, 2 invoices would be drafted, and left out: M-2\n"]),
        (("--valid-only",), 6, ["2 invoices would be drafted.", "Would be left out: M-2\n"]),
    ],
)
def test_a_dry_run_says_what_would_be_drafted_and_left_out_and_ends_as_the_real_run_does(
    books, typed, as_json, options, ending, words
):
    mixed()
    code, out = typed("draft", "mixed.csv", *options, "--dry-run")
    assert code == ending and all(w in out for w in [*words, "A dry run: nothing was written."]), out
    told = as_json("draft", "mixed.csv", *options, "--dry-run")[1]
    assert told["would_draft"] == (2 if options else 0) and told["left_out"] == ["M-2"]
    assert not Path("reports").exists() and as_json("status")[1]["batches"] == []
    assert typed("draft", "mixed.csv", *options)[0] == ending


def test_a_dry_run_of_a_file_that_is_drafted_already_has_nothing_to_do(books, typed):
    write("a.csv", "A-1")
    code, out = typed("draft", "a.csv", "--dry-run")
    assert code == 0 and "1 invoice would be drafted." in out and "left out" not in out
    typed("draft", "a.csv")
    code, out = typed("draft", "a.csv", "--dry-run")
    assert code == 0 and "Nothing to do: this very file is batch " in out
    Path("b.csv").write_text(Path("a.csv").read_text("utf-8") + "\n", "utf-8")
    code, out = typed("draft", "b.csv", "--dry-run")
    assert code == typed("draft", "b.csv")[0] == 0 and "Nothing to do: all of it is in the book already." in out


@pytest.mark.parametrize("command", ["check", "draft"])
def test_an_export_of_another_program_is_read_with_its_profile_next_and_not_corrected(books, typed, command):
    shutil.copy(Path(__file__).parents[1] / "sample_data" / "profiles" / "zoho-books.csv", "zoho.csv")
    out = typed(command, "zoho.csv")[1]
    assert "Next: oneoff-batch check zoho.csv --profile zoho-books\n" in out and "correct the red cells" not in out
    assert "oneoff-batch check zoho.csv --profile zoho-books" in words_of("reports/zoho-problems.html")
    assert "W121" not in typed("check", "zoho.csv", "--profile", "zoho-books")[1]


def test_amounts_in_sentences_have_their_cents(books, typed):
    head = f"{HEAD},Amount"
    row = "{},C-1001,{},2026-11-10,Extra day,2,{},{}"
    rows = [row.format("A-1", "EUR", "1450.5", "2900.00"), row.format("A-2", "JPY", "1450", "2800")]
    Path("a.csv").write_text("\n".join((head, *rows)) + "\n", "utf-8")
    out = typed("check", "a.csv")[1]
    assert '2 × 1,450.50 is 2,901.00, but Amount says "2900.00"' in out
    assert '2 × 1,450 is 2,900, but Amount says "2800"' in out
