"""The commands as they are typed: what they say, what they write, how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from oneoff_batch.cli import cli, run
from oneoff_batch.cli.terminal import EXIT_CODES

SAMPLE = Path(__file__).parents[1] / "sample_data"


@pytest.fixture
def typed(capsys):
    """Type a command; returns its exit code and what it printed."""

    def type_(*args):
        code = run([str(a) for a in args])
        out, err = capsys.readouterr()
        assert code < 70, (err, *(p.read_text("utf-8") for p in Path().rglob("oneoff-batch-fault.txt")))
        return code, out

    return type_


@pytest.fixture
def as_json(typed):
    def type_(*args):
        code, out = typed(*args, "--json")
        return code, json.loads(out)

    return type_


def invoices(*rows):
    return "\n".join(("Invoice ref,Customer,Currency,Invoice date,Pricing name,Quantity,Unit price", *rows)) + "\n"


def write(name, *rows):
    Path(name).write_text(invoices(*rows), "utf-8")
    return name


GOOD = "A-1,C-1001,EUR,2026-11-10,Extra day,2,100.00"
BAD = "A-2,C-9999,EUR,2026-11-10,Extra day,1,100.00"


def test_init_makes_a_workspace_and_overwrites_nothing(books, typed):
    assert {p.name for p in books.iterdir()} >= {"oneoff.toml", "master-data.xlsx", "upload.xlsx", "book.sqlite"}
    before = (books / "book.sqlite").read_bytes()
    code, _ = typed("init", books)
    assert code == 1
    assert (books / "book.sqlite").read_bytes() == before


def test_a_fresh_workspace_is_well(tmp_path, typed, monkeypatch):
    run(["init", str(tmp_path / "new")])
    monkeypatch.chdir(tmp_path / "new")
    code, out = typed("doctor")
    assert code == 0 and "All is well." in out


def test_the_whole_job_from_a_sheet_to_a_numbered_ledger(books, typed, as_json):
    shutil.copy(SAMPLE / "november.xlsx", books)
    assert typed("check", "november.xlsx")[0] == 0
    code, drafted = as_json("draft", "november.xlsx")
    assert code == 0 and drafted["errors"] == 0
    batch = drafted["batch"]
    assert Path(drafted["page"]).exists() and Path(drafted["workbook"]).exists()
    assert as_json("approve", batch, "--user", "ben")[1]["moved"] == drafted["invoices"]
    code, planned = as_json("finalize", batch, "--user", "ben", "--dry-run")
    code, final = as_json("finalize", batch, "--user", "ben", "--yes")
    assert code == 0
    assert [n["number"] for n in planned["numbers"]] == [n["number"] for n in final["numbers"]]
    assert typed("ledger", "verify")[0] == 0
    kept = typed("ledger", "head")[1].strip()
    assert "nothing up to it was changed, none came later" in typed("ledger", "verify", "--since", kept.upper())[1]
    assert typed("ledger", "verify", "--since", "0123" * 16)[0] == 1
    assert typed("ledger", "verify", "--since", "of last month")[0] == 2
    ledger = as_json("ledger", "list", "--last", "1000")[1]["invoices"]
    assert len(ledger) == drafted["invoices"]
    pages = list((books / "batches" / batch / "invoices").glob("*.html"))
    assert len(pages) == drafted["invoices"]


def test_the_same_file_again_does_nothing_and_says_so(books, typed, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    code, out = typed("draft", "a.csv")
    assert code == 0 and "Nothing to do" in out and batch in out
    assert len(as_json("status")[1]["batches"]) == 1


def test_check_writes_nothing_but_its_report(books, typed):
    write("a.csv", GOOD, BAD)
    before = {p.relative_to(books) for p in books.rglob("*")}
    book = (books / "book.sqlite").read_bytes()
    assert typed("check", "a.csv")[0] == 1
    new = {p.relative_to(books) for p in books.rglob("*")} - before
    assert {p.parts[0] for p in new} <= {"reports", "book.sqlite-wal", "book.sqlite-shm"}
    assert (books / "book.sqlite").read_bytes() == book


def test_check_and_draft_find_the_same(books, as_json):
    write("a.csv", GOOD, BAD)
    assert as_json("check", "a.csv")[1]["problems"]
    assert as_json("check", "a.csv")[1]["errors"] == as_json("draft", "a.csv")[1]["errors"] == 1


def test_a_batch_with_errors_drafts_nothing_by_default(books, typed, as_json):
    write("a.csv", GOOD, BAD)
    code, out = typed("draft", "a.csv")
    assert code == 1 and "Nothing was drafted" in out
    assert as_json("status")[1]["batches"] == []


def test_valid_only_drafts_the_good_and_names_the_rest(books, typed, as_json):
    write("a.csv", GOOD, BAD)
    code, drafted = as_json("draft", "a.csv", "--valid-only")
    assert code == 6
    assert drafted["left_out"] == ["A-2"] and drafted["invoices_good"] == 1


def test_who_uploaded_cannot_approve(books, typed, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    code, told = as_json("approve", batch)
    assert code == 1 and told["moved"] == 0
    assert [p["code"] for p in told["problems"]] == ["E503"]


def test_only_what_is_approved_becomes_final(books, as_json):
    write("a.csv", GOOD, GOOD.replace("A-1", "A-3").replace("Extra", "Other"))
    batch = as_json("draft", "a.csv")[1]["batch"]
    assert as_json("finalize", batch, "--yes")[0] == 1
    as_json("approve", "A-3", "--user", "ben")
    final = as_json("finalize", batch, "--yes")[1]
    assert [n["invoice_ref"] for n in final["numbers"]] == ["A-3"] and final["left"] == ["A-1"]
    everything = as_json("finalize", batch, "--yes", "--all", "--user", "ben")[1]
    assert [n["number"] for n in everything["numbers"]] == ["INV-2026-000001", "INV-2026-000002"]


def test_finalize_again_draws_no_second_number_and_completes_the_files(books, typed, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    as_json("approve", batch, "--user", "ben")
    first = as_json("finalize", batch, "--yes")[1]
    shutil.rmtree(books / "batches" / batch)
    (books / "ledger" / "ledger.xlsx").unlink()
    code, again = as_json("finalize", batch, "--yes")
    assert code == 0 and again["drawn"] == 0
    assert [n["number"] for n in again["numbers"]] == [n["number"] for n in first["numbers"]]
    assert (books / "batches" / batch / "index.html").exists() and (books / "ledger" / "ledger.xlsx").exists()


def test_a_large_ledger_is_written_as_a_workbook_only_when_somebody_asks(books, typed, as_json, monkeypatch):
    """Else whoever makes one more invoice final would wait for a million."""
    monkeypatch.setattr("oneoff_batch.pipeline.ledger.LARGE", 1)
    write("a.csv", GOOD, GOOD.replace("A-1", "A-3").replace("Extra", "Other"))
    batch = as_json("draft", "a.csv")[1]["batch"]
    as_json("approve", "A-3", "--user", "ben")
    assert as_json("finalize", batch, "--yes")[1]["ledger"].endswith("ledger.xlsx")
    before = (books / "ledger" / "ledger.xlsx").read_bytes()
    code, words = typed("finalize", batch, "--yes", "--all", "--user", "ben")
    assert code == 0 and (books / "ledger" / "ledger.xlsx").read_bytes() == before
    assert "more than 1 invoices: its workbook is written when you ask for it" in words
    assert "ledger/ledger.xlsx is of before, and lacks these." in words and "oneoff-batch ledger export\n" in words
    assert as_json("finalize", batch, "--yes")[1]["ledger"] is None
    assert typed("ledger", "export")[0] == 0 and (books / "ledger" / "ledger.xlsx").read_bytes() != before


def test_an_invoice_date_for_the_whole_batch_moves_derived_due_dates(books, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    as_json("approve", batch, "--user", "ben")
    number = as_json("finalize", batch, "--yes", "--invoice-date", "2026-11-30")[1]["numbers"][0]
    assert number["invoice_date"] == "2026-11-30"
    shown = as_json("show", number["number"])[1]["invoices"][0]
    assert shown["invoice_date"] == "2026-11-30" and shown["due_date"] > "2026-11-30"


def test_finalize_asks_unless_told(books, typed, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    as_json("approve", batch, "--user", "ben")
    assert typed("finalize", batch)[0] == 2
    assert as_json("ledger", "list")[1]["invoices"] == []


def test_a_final_ref_in_another_upload_is_refused(books, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    as_json("finalize", batch, "--yes", "--all", "--user", "ben")
    write("b.csv", GOOD.replace("2,100.00", "3,100.00"))
    code, told = as_json("check", "b.csv")
    assert code == 1 and [p["code"] for p in told["problems"]] == ["E508"]


def test_a_changed_draft_is_replaced_on_request_only(books, as_json):
    write("a.csv", GOOD)
    as_json("draft", "a.csv")
    write("b.csv", GOOD.replace("2,100.00", "3,100.00"))
    code, told = as_json("draft", "b.csv")
    assert code == 1 and told["errors"] == 1
    code, told = as_json("draft", "b.csv", "--replace")
    assert code == 0
    shown = as_json("show", "A-1")[1]["invoices"]
    live = [i for i in shown if i["status"] != "ARCHIVED"]
    assert [i["net_total"] for i in live] == ["300.00"]


def test_two_csvs_and_a_workbook_give_the_same(books, as_json):
    import openpyxl

    heads = [["Invoice ref", "Customer", "Currency", "Invoice date"], ["A-1", "C-1001", "EUR", "2026-11-10"]]
    lines = [["Invoice ref", "Pricing name", "Quantity", "Unit price"], ["A-1", "Extra day", "2", "100.00"]]
    for name, rows in (("invoices", heads), ("lines", lines)):
        Path(f"{name}.csv").write_text("\n".join(",".join(r) for r in rows), "utf-8")
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in (("Invoices", heads), ("Lines", lines)):
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save("both.xlsx")
    write("flat.csv", GOOD)
    told = [as_json("check", *files)[1] for files in (["invoices.csv", "lines.csv"], ["both.xlsx"], ["flat.csv"])]
    assert all(t["errors"] == 0 for t in told)
    assert told[0]["totals"] == told[1]["totals"] == told[2]["totals"]


def test_another_programs_columns_come_in_by_a_profile(books, as_json):
    profile = SAMPLE / "profiles" / "online-retail.toml"
    shutil.copy(SAMPLE / "online-retail-excerpt.csv", books / "shop.csv")
    code, told = as_json("check", "shop.csv", "--profile", profile)
    assert code == 1
    assert {p["code"] for p in told["problems"] if p["severity"] == "error"} <= {"E201", "E305"}


def test_the_blank_workbook_is_written_once(books, typed):
    assert typed("template", "december.xlsx")[0] == 0
    assert typed("template", "december.xlsx")[0] == 1
    assert typed("template", "december.xlsx", "--force")[0] == 0
    assert typed("template", "--blank", "empty.xlsx")[0] == 0


def test_a_first_user_gets_from_the_blank_workbook_to_a_number(tmp_path, typed, as_json, monkeypatch):
    """init, fill in one invoice and one line, leave Control empty, draft, approve, finalize."""
    import openpyxl

    assert run(["init", str(tmp_path / "new"), "-q"]) == 0
    monkeypatch.chdir(tmp_path / "new")
    customer = openpyxl.load_workbook("master-data.xlsx")["Customers"]["A2"].value
    workbook = openpyxl.load_workbook("upload.xlsx")
    heads = {str(c.value).rstrip(" *"): c.column for c in workbook["Lines"][1]}
    workbook["Invoices"]["A2"], workbook["Invoices"]["B2"] = "N-1", customer
    for title, value in (("Invoice ref", "N-1"), ("Pricing name", "Workshop"), ("Quantity", 2), ("Unit price", 450.5)):
        workbook["Lines"].cell(2, heads[title], value)
    workbook.save("november.xlsx")
    code, told = as_json("check", "november.xlsx")
    assert code == 0 and told["problems"] == [] and told["totals"][0]["net_total"] == "901.00"
    batch = as_json("draft", "november.xlsx", "--user", "anna")[1]["batch"]
    as_json("approve", batch, "--user", "ben")
    assert as_json("finalize", batch, "--yes")[1]["numbers"][0]["number"].endswith("000001")


def test_the_blank_workbook_itself_is_told_to_be_empty(books, as_json):
    typed_code = run(["template", "december.xlsx", "--quiet"])
    assert typed_code == 0
    assert run(["check", "december.xlsx", "--quiet"]) in (1, 3)


def test_preview_and_export_can_be_written_again(books, typed, as_json):
    write("a.csv", GOOD)
    batch = as_json("draft", "a.csv")[1]["batch"]
    shutil.rmtree(books / "batches")
    assert typed("preview", batch)[0] == 0
    assert (books / "batches" / batch / "preview.xlsx").exists()
    as_json("finalize", batch, "--yes", "--all", "--user", "ben")
    assert typed("ledger", "export", "out/ledger.xlsx")[0] == 0
    code, told = as_json("ledger", "export", "out/csv")
    assert code == 0 and all(Path(f).exists() for f in told["files"]) and len(told["files"]) == 5


@pytest.mark.parametrize("option", [["--json"], []])
def test_explain_tells_why_and_lists_all(typed, option):
    code, out = typed("explain", "e205", *option)
    assert code == 0 and "two ways" in out
    code, out = typed("explain", "--list", *option)
    assert code == 0 and "E101" in out and "W501" in out


def test_trouble_is_a_sentence_with_its_own_exit_code(books, capsys):
    def ends(code, *args):
        assert run(list(args)) == code, args
        text = capsys.readouterr().err
        assert text and "Traceback" not in text, args
        return text

    write("a.csv", GOOD)
    Path("paper.xlsx").write_bytes(b"%PDF-1.7 ...")
    assert "PDF" in ends(3, "check", "paper.xlsx")
    ends(3, "check", "missing.xlsx")
    ends(2, "chekc", "a.csv")
    ends(1, "show", "nothing")
    ends(1, "preview", "2020-01-01-1")
    ends(2, "explain", "E999")
    Path("bad.toml").write_text("this is not toml", "utf-8")
    ends(4, "check", "a.csv", "--profile", "bad.toml")
    Path("oneoff.toml").write_text('[dates]\ninvoice_date = "sometimes"\n', "utf-8")
    assert "when_final" in ends(4, "status")
    Path("oneoff.toml").write_text('[files]\nbook = "gone.sqlite"\n', "utf-8")
    ends(5, "status")
    Path("oneoff.toml").write_text('[files]\nmaster = "gone.xlsx"\n', "utf-8")
    ends(3, "check", "a.csv")
    ends(4, "status", "--workspace", "elsewhere")


def test_a_fault_of_ours_goes_to_a_file(books, capsys, monkeypatch):
    from oneoff_batch.pipeline import intake

    write("a.csv", GOOD)
    monkeypatch.setattr(intake, "fingerprint", lambda *_: 1 / 0)
    assert run(["check", "a.csv"]) == 70
    text = capsys.readouterr().err
    assert "Traceback" not in text and "oneoff-batch-fault.txt" in text
    assert "ZeroDivisionError" in Path("reports/oneoff-batch-fault.txt").read_text("utf-8")


def _commands(group=cli, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("path,command", list(_commands()), ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_every_command_leads_with_examples_and_has_the_common_options(path, command):
    names = {o for p in command.params for o in p.opts}
    assert {"--json", "--quiet", "--workspace", "--user"} <= names
    assert "Example" in command.help and f"oneoff-batch {' '.join(path)}" in command.help


@pytest.mark.parametrize(
    "path",
    [
        ("init",),
        ("template",),
        ("check",),
        ("draft",),
        ("preview",),
        ("approve",),
        ("hold",),
        ("undo",),
        ("tick",),
        ("finalize",),
        ("ledger", "export"),
    ],
)
def test_what_writes_can_be_tried_dry(path):
    command = dict(_commands())[path]
    assert "--dry-run" in {o for p in command.params for o in p.opts}


def test_exit_codes_are_in_the_help(typed):
    out = typed("--help")[1]
    assert all(words in out for words in EXIT_CODES.values())
