"""Problems handed back inside Excel: the marked-up copy and the to-fix workbook, corrected right there and uploaded again."""

from __future__ import annotations

import hashlib
import re
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from samples import PROBLEMS, SAMPLES, TODAY, examine, sample

from oneoff_batch.cli.terminal import problem_lines
from oneoff_batch.columns import PROBLEM_COLUMN, PROBLEM_LIST
from oneoff_batch.pipeline import reports
from oneoff_batch.pipeline.reports import report_name, summary, write_report
from oneoff_batch.pipeline.steps import Asked
from oneoff_batch.pipeline.workspace import Workspace, open_workspace
from oneoff_batch.problems import Problem, catalogue
from oneoff_batch.settings import parse_settings
from oneoff_batch.showing import marked, marks
from oneoff_batch.showing.pages import write_problem_page

RED, YELLOW = "FFFFC7CE", "FFFFEB9C"


def sheet(path, rows, name="Lines", book=None):
    book = book or openpyxl.Workbook()
    page = book.create_sheet(name)
    for row in rows:
        page.append(row)
    if "Sheet" in book.sheetnames:
        del book["Sheet"]
    book.save(path)
    return book


FLAT = ["Invoice ref", "Customer", "Currency", "Invoice date", "Pricing name", "Quantity", "Unit price"]


def flat(path, *rows, head=FLAT):
    sheet(path, [head, *rows], "Batch")


def fill(cell):
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


def told(outcome, severity="error"):
    return sorted((p.code, p.header, p.value, p.invoice_ref) for p in outcome.problems if p.severity == severity)


CORRECTIONS = {
    ("Invoices", "BAD-01", "Customer"): "C-1001", ("Invoices", "BAD-03", "Invoice date"): datetime(2026, 11, 3),
    ("Invoices", "BAD-04", "Currency"): "GBP", ("Invoices", "BAD-07", "Payment terms"): "30 days",
    ("Invoices", "BAD-08", "Sales tax percentage"): 8.875, ("Invoices", "BAD-09", "Customer"): "C-1001",
    ("Invoices", "BAD-10", "Customer"): "C-1001", ("Invoices", "BAD-11", "Region"): "north",
    ("Invoices", "BAD-12", "On hold"): "yes", ("Invoices", "BAD-14", "PO number"): "1-2",
    ("Invoices", "BAD-14", "Contract"): "BW-2026-061", ("Invoices", "BAD-16", "Invoice date"): datetime(2026, 11, 30),
    ("Lines", "BAD-02", "Quantity"): 1, ("Lines", "BAD-02", "Product item"): "TRAIN-DAY",
    ("Lines", "BAD-06", "Amount"): None, ("Lines", "BAD-12", "Tax code"): None,
    ("Lines", "BAD-16", "Unit price"): 500,
}  # fmt: skip
"""What she types into the red cells of a ref's rows."""


def correct(path):
    """Correct every red cell as a person would, in Excel, and save over it."""
    book = openpyxl.load_workbook(path)
    for name in ("Invoices", "Lines"):
        page = book[name]
        heads = {c.value: c.column for c in page[1]}
        for row in range(page.max_row, 1, -1):
            ref = page.cell(row, heads["Invoice ref"]).value
            if ref in ("BAD-15", "GOOD-4") or (
                name == "Invoices" and ref == "BAD-01" and fill(page.cell(row, heads["Invoice ref"]))
            ):
                page.delete_rows(row)
                continue
            if (name, ref) == ("Invoices", "BAD-05"):
                page.cell(row, heads["Due date"]).value = None  # it is before the invoice date, which only a next check says
            for head, column in heads.items():
                cell = page.cell(row, column)
                if fill(cell) == RED and head != PROBLEM_COLUMN:
                    _mend(page, heads, row, cell, (name, ref, head))
    book.save(path)


def _mend(page, heads, row, cell, place):
    if place in CORRECTIONS:
        cell.value = CORRECTIONS[place]
    elif place[2] == "Period end":
        cell.value = page.cell(row, heads["Period start"]).value
    elif place[2] == "Quantity":
        cell.value = -1
    elif place[2] == "Unit price":
        cell.value = 120
    elif place[2] == "Pricing name":
        cell.value = "Exam fee"
    else:
        raise AssertionError(f"nobody has said how to correct {place}: {cell.value}")


def test_the_bad_invoices_are_corrected_in_their_own_workbook_and_all_are_drafted(books, as_json):
    code, told_ = as_json("check", "mistakes.xlsx")
    assert code == 1 and told_["written"]["to_fix"] == "reports/mistakes-to-fix.xlsx"
    code, told_ = as_json("draft", "mistakes.xlsx", "--valid-only")
    assert code == 6 and told_["invoices_good"] == 3
    correct("reports/mistakes-to-fix.xlsx")
    code, told_ = as_json("check", "reports/mistakes-to-fix.xlsx")
    assert (code, told_["errors"]) == (0, 0), [p["message"] for p in told_["problems"]]
    code, told_ = as_json("draft", "reports/mistakes-to-fix.xlsx")
    assert code == 0 and told_["invoices_good"] == 15 and told_["invoices_bad"] == 0


def test_the_red_cells_are_corrected_in_the_marked_up_copy_and_all_is_drafted(books, as_json):
    as_json("check", "mistakes.xlsx")
    correct("reports/mistakes-marked.xlsx")
    code, told_ = as_json("draft", "reports/mistakes-marked.xlsx")
    assert code == 0, Path("reports/mistakes-problems-2.json").read_text("utf-8")
    assert told_["invoices_good"] == 18
    assert not {"W101", "W105"} & {p["code"] for p in told_.get("problems", [])}


def examined(path):
    """What the product finds in a sample, and the workspace in which it looked."""
    folder = path if path.is_dir() else SAMPLES
    root = folder if (folder / "master-data.xlsx").exists() else SAMPLES
    settings = folder / "oneoff.toml" if (folder / "oneoff.toml").exists() else SAMPLES / "oneoff.toml"
    uploads = (
        [path] if path.is_file() else sorted(p for p in path.iterdir() if p.name not in {"master-data.xlsx", "oneoff.toml"})
    )
    workspace = Workspace(root, parse_settings(settings.read_text("utf-8")))
    return workspace, examine(workspace, uploads, None, TODAY, None)


def _again(workspace, path):
    return examine(workspace, [path], None, TODAY, None)


_SOMETHING_ELSE_REFUSES = dict.fromkeys(("E203", "E205", "E212", "E224", "E225", "E301", "E322"), "E211")
"""Errors that cannot stand in a copy, with the error that stands there instead: an uncorrected cell never passes."""
_BY_SHEET = sorted(
    {p.name.split(".")[0] for p in PROBLEMS.iterdir() if p.name.startswith(("E2", "E3", "E4", "W1", "W2", "W3"))}
)


@pytest.mark.parametrize("code", _BY_SHEET)
def test_what_is_not_corrected_is_refused_again(code, tmp_path):
    workspace, outcome = examined(sample(code))
    if not outcome.has_errors:
        return
    marked, to_fix = reports._workbooks(outcome, reports._Names(tmp_path, "x", 1), Asked())
    for path in (reports._aside(path) for path in (marked, to_fix) if path):
        again = {(p.code, p.invoice_ref) for p in _again(workspace, path).problems if p.severity == "error"}
        for p in outcome.problems:
            if p.severity == "error" and not p.downgraded:
                other = _SOMETHING_ELSE_REFUSES.get(p.code, p.code)
                assert {(p.code, p.invoice_ref), (other, p.invoice_ref)} & again, (path.name, p.message)


def test_every_cell_stands_where_it_stood_one_column_further(books, typed):
    flat("a.xlsx", ["A-1", "C-9999", "EUR", datetime(2026, 11, 3), "Day", 2, 100.5])
    typed("check", "a.xlsx")
    page = openpyxl.load_workbook("reports/a-marked.xlsx")["Batch"]
    assert [c.value for c in page[1]] == [PROBLEM_COLUMN, *FLAT]
    assert [c.value for c in page[2]][1:] == ["A-1", "C-9999", "EUR", datetime(2026, 11, 3), "Day", 2, 100.5]
    assert fill(page["C2"]) == RED and fill(page["D2"]) is None
    assert page["C2"].comment.text.split("\n") == [
        'There is no customer "C-9999" in the master data.', "Correct the id, or add the customer to the master data."
    ]  # fmt: skip
    assert "C-9999" in page["A2"].value and page.freeze_panes == "B2"


def test_title_rows_keep_their_place_and_a_free_first_column_is_ours(books, typed):
    rows = [[None, "Brightwater, November"], [], [None, *FLAT], [None, "A-1", "C-9999", "EUR", None, "Day", 1, 1]]
    sheet("a.xlsx", rows, "Batch")
    typed("check", "a.xlsx")
    page = openpyxl.load_workbook("reports/a-marked.xlsx")["Batch"]
    assert page["B1"].value == "Brightwater, November" and page["A3"].value == PROBLEM_COLUMN
    assert page["B4"].value == "A-1" and fill(page["C4"]) == RED and page.freeze_panes == "B4"


def test_the_list_names_the_cell_of_her_file_and_leads_to_the_marked_one(books, typed):
    typed("check", "mistakes.xlsx")
    page = openpyxl.load_workbook("reports/mistakes-marked.xlsx")[PROBLEM_LIST]
    heads, *rows = [row for row in page.iter_rows() if row[0].value in ("Severity", "Error")]
    at = {c.value: i for i, c in enumerate(heads)}
    first = rows[0]
    assert (first[at["Your Sheet"]].value, first[at["Your Cell"]].value) == ("Invoices", "B2")
    assert first[at["Go To"]].hyperlink.location == "'Invoices'!C2"
    assert "upload it: oneoff-batch check reports/mistakes-marked.xlsx" in " ".join(
        str(page.cell(r, 1).value) for r in range(1, 7)
    )


def test_numbers_dates_ids_and_text_that_looks_like_a_formula_stay_what_they_are(books, typed):
    head = [*FLAT, "PO number", "Note"]
    row = ["0012", "C-9999", "EUR", datetime(2026, 11, 3), "=1+1", 0.1, 1e-7, "007", "@SUM(A1)"]
    book = sheet("a.xlsx", [head, row], "Batch")
    page = book["Batch"]
    page["E2"].data_type = "s"
    page["A3"], page["B3"], page["F3"] = 123, "C-9999", 0.5
    page["A3"].number_format, page["F3"].number_format = "00000", "0.0%"
    book.save("a.xlsx")
    typed("check", "a.xlsx")
    copy = openpyxl.load_workbook("reports/a-marked.xlsx")["Batch"]
    assert [c.value for c in copy[2]][1:] == row and copy["F2"].data_type == "s" and copy["F2"].quotePrefix
    assert (copy["B3"].value, copy["B3"].number_format, copy["G3"].value) == (123, "00000", 0.5)
    assert "%" in copy["G3"].number_format


def test_a_figure_that_excel_cannot_hold_is_written_as_text(books, typed):
    Path("a.csv").write_text(",".join(FLAT) + "\nA-1,C-9999,EUR,,Day,1,1234567890.12345678\n", "utf-8")
    typed("check", "a.csv")
    for name, cell in (("a-marked", "H2"), ("a-to-fix", None)):
        book = openpyxl.load_workbook(f"reports/{name}.xlsx")
        values = [c.value for page in book for row in page.iter_rows() for c in row]
        assert "1234567890.12345678" in values
        assert cell is None or book["a"][cell].value == "1234567890.12345678"


def test_an_id_that_has_lost_digits_does_not_come_back_as_a_whole_one(books, as_json):
    flat("a.xlsx", [12345678901234567890, "C-1001", "EUR", None, "Day", 1, 1])
    assert "E213" in {p["code"] for p in as_json("check", "a.xlsx")[1]["problems"]}
    for path in Path("reports").glob("a-*.xlsx"):
        assert "E213" in {p["code"] for p in as_json("check", path)[1]["problems"]}, path


def test_a_control_character_is_kept_so_that_it_is_named_again(books, as_json):
    Path("a.csv").write_text(",".join(FLAT) + "\nA-1,C-1001,EUR,,Day\x07off,1,1\n", "utf-8")
    assert "E222" in {p["code"] for p in as_json("check", "a.csv")[1]["problems"]}
    for path in Path("reports").glob("a-*.xlsx"):
        assert "E222" in {p["code"] for p in as_json("check", path)[1]["problems"]}, path


def test_a_day_counted_from_1904_is_the_same_day_in_the_copy(books, as_json):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.active
    page.title = "Batch"
    page.append(FLAT)
    page.append(["A-1", "C-9999", "EUR", 44895, "Day", 1, 1])
    book.save("a.xlsx")
    found = [p["message"] for p in as_json("check", "a.xlsx")[1]["problems"] if p["code"] == "W205"]
    again = [p["message"] for p in as_json("check", "reports/a-marked.xlsx")[1]["problems"] if p["code"] == "W205"]
    day = re.search(r"show as (.*?);", found[0])[1]
    assert day == "1 December 2026" and day in again[0]


def test_several_files_make_one_workbook_with_a_sheet_each(books, as_json):
    Path("inv nov.csv").write_text("Invoice ref,Customer\nA-1,C-9999\n", "utf-8")
    Path("lin nov.csv").write_text("Invoice ref,Pricing name,Quantity,Unit price\nA-1,Day,1,1\n", "utf-8")
    _, before = as_json("check", "inv nov.csv", "lin nov.csv")
    book = openpyxl.load_workbook("reports/inv nov-marked.xlsx")
    assert book.sheetnames == [PROBLEM_LIST, "Invoices", "Lines"]
    again = as_json("check", "reports/inv nov-marked.xlsx")[1]
    assert [p["code"] for p in again["problems"]] == [p["code"] for p in before["problems"]]


def test_ids_stay_text_where_a_correction_is_typed(books, typed):
    flat("a.xlsx", ["A-1", None, "EUR", None, "Day", 1, 1])
    typed("check", "a.xlsx")
    page = openpyxl.load_workbook("reports/a-marked.xlsx")["Batch"]
    assert page["C2"].number_format == "@" and fill(page["C2"]) == RED


def test_warnings_are_yellow_and_a_row_says_all_of_its_problems(books, typed):
    flat("a.xlsx", ["A-1", "C-9999", "EUR", "sometime", "Day", 1, -5], ["A-2", "C-1001", "EUR", None, "Day", 1, -5])
    typed("check", "a.xlsx")
    page = openpyxl.load_workbook("reports/a-marked.xlsx")["Batch"]
    assert (fill(page["H3"]), fill(page["A3"]), fill(page["A2"])) == (YELLOW, YELLOW, RED)
    assert len(page["A2"].value.split("\n")) == 3


def test_after_many_comments_cells_are_only_coloured_and_the_list_says_so(books, typed, monkeypatch):
    monkeypatch.setattr(marks, "MOST_COMMENTS", 3)
    monkeypatch.setattr(marked, "MOST_COMMENTS", 3)
    flat("a.xlsx", *[[f"A-{n}", "C-9999", "EUR", None, "Day", 1, 1] for n in range(9)])
    assert typed("check", "a.xlsx")[0] == 1
    book = openpyxl.load_workbook("reports/a-marked.xlsx")
    cells = [book["Batch"].cell(row, 3) for row in range(2, 11)]
    assert [c.comment is not None for c in cells] == [True] * 3 + [False] * 6
    assert all(fill(c) == RED for c in cells)
    assert "Only the first 3 marked cells have a comment" in " ".join(str(c.value) for c in book[PROBLEM_LIST]["A"])


def test_what_is_worth_a_comment_first_is_an_error():
    comments = marks.Comments(left=1)
    found = marks.SheetMarks()
    for told_ in marks.told([Problem("W301", value="x"), Problem("E305", value="y")]):
        found.add(told_, "A", 2 if told_.mark == 1 else 9)
    written = []
    page = type("Page", (), {"write_comment": lambda _, row, col, text, options: written.append(row)})()
    found.write_comments(page, comments, {"A": "A"})
    assert written == [8] and comments.cut


def test_a_marked_up_copy_that_was_worked_on_is_never_overwritten(books, typed):
    typed("check", "mistakes.xlsx")
    copy = Path("reports/mistakes-marked.xlsx")
    book = openpyxl.load_workbook(copy)
    book["Invoices"]["C2"] = "C-1001"
    book.save(copy)
    mine = copy.read_bytes()
    typed("check", "mistakes.xlsx")
    assert copy.read_bytes() == mine and Path("reports/mistakes-marked-2.xlsx").exists()
    typed("check", copy)
    assert copy.read_bytes() == mine


def test_reports_of_a_file_that_came_back_say_which_round_it_is():
    assert report_name(Path("november-to-fix.xlsx")) == ("november", 2)
    assert report_name(Path("november-marked-2.xlsx")) == ("november", 3)
    assert report_name(Path("november-2026.xlsx")) == ("november-2026", 1)
    assert report_name(Path('a"b<c>.csv')) == ("a-b-c-", 1)
    assert report_name(Path(".xlsx")) == ("upload", 1)


def test_what_is_good_leaves_no_workbook_behind(books, typed):
    flat("a.xlsx", ["A-1", "C-9999", "EUR", None, "Day", 1, 1])
    typed("check", "a.xlsx")
    assert Path("reports/a-marked.xlsx").exists() and Path("reports/a-to-fix.xlsx").exists()
    flat("a.xlsx", ["A-1", "C-1001", "EUR", None, "Day", 1, 1])
    assert typed("check", "a.xlsx")[0] == 0
    assert sorted(p.name for p in Path("reports").iterdir()) == ["a-problems.html", "a-problems.json"]


def test_a_dry_run_writes_nothing(books, typed):
    typed("check", "mistakes.xlsx", "--dry-run")
    typed("draft", "mistakes.xlsx", "--dry-run")
    assert not Path("reports").exists()


def test_the_to_fix_workbook_has_our_columns_and_only_what_failed(books, typed):
    Path("p.toml").write_text(
        'decimal = ","\ndates = "day-first"\n[columns]\nunit_price = "Preis"\n[defaults]\ncurrency = "EUR"\n', "utf-8"
    )
    Path("a.csv").write_text(
        "Invoice ref;Customer;Invoice date;Pricing name;Quantity;Preis\n"
        "A-1;C-9999;03/12/2026;Day;1,5;1.234,50\nA-2;C-1001;03/12/2026;Day;1;1,00\n", "utf-8"
    )  # fmt: skip
    typed("check", "a.csv", "--profile", "p.toml")
    book = openpyxl.load_workbook("reports/a-to-fix.xlsx")
    assert book.sheetnames[:4] == [PROBLEM_LIST, "Invoices", "Lines", "Help"] and "Control" not in book.sheetnames
    row = {h.value: c for h, c in zip(book["Invoices"][1], book["Invoices"][2], strict=True)}
    assert (row["Invoice ref"].value, row["Currency"].value, row["Invoice date"].value) == (
        "A-1",
        "EUR",
        datetime(2026, 12, 3),
    )
    line = {h.value: c for h, c in zip(book["Lines"][1], book["Lines"][2], strict=True)}
    assert (line["Quantity"].value, line["Unit price"].value) == (1.5, 1234.5)
    assert book["Lines"].max_row == 2 and fill(row["Customer"]) == RED and row["Customer"].comment
    assert book["Invoices"].data_validations.dataValidation
    assert "no Control sheet" in " ".join(str(c.value) for c in book[PROBLEM_LIST]["A"])


def test_two_answers_for_one_invoice_do_not_become_one(books, as_json):
    flat("a.xlsx", ["A-1", "C-1001", "EUR", None, "Day", 1, 1], ["A-1", "C-1001", "USD", None, "Day", 2, 1])
    as_json("check", "a.xlsx")
    assert openpyxl.load_workbook("reports/a-to-fix.xlsx")["Invoices"]["D2"].value == "#N/A"
    assert as_json("check", "reports/a-to-fix.xlsx")[1]["invoices_good"] == 0


def test_a_file_that_is_wrong_as_a_whole_has_no_to_fix_workbook(books, as_json):
    flat("a.xlsx", ["A-1", "C-9999", "EUR", None, "Day", 1, 1, "x"], head=[*FLAT, None])
    written = as_json("check", "a.xlsx")[1]["written"]
    assert "marked" in written and "to_fix" not in written


def test_the_last_lines_say_where_to_correct_and_what_to_type(books, typed):
    out = typed("check", "mistakes.xlsx")[1]
    assert out.rstrip().endswith("oneoff-batch check reports/mistakes-to-fix.xlsx")
    assert "Marked-up copy:        reports/mistakes-marked.xlsx" in out
    assert "Only the bad invoices: reports/mistakes-to-fix.xlsx" in out
    assert "oneoff-batch explain E305" in out
    assert sum(bool(re.match(r"  [EW]\d{3}  ", line)) for line in out.split("\n")) <= 20


def test_nothing_from_a_sheet_moves_the_cursor_of_a_terminal(books, typed):
    Path("a.csv").write_text(",".join(FLAT) + "\nA-1,\x1b[2JC-9999,EUR,\u202esometime,Day,1,1\n", "utf-8")
    out = typed("check", "a.csv")[1]
    assert "\x1b[2J" not in out and "\u202e" not in out and "sometime" in out


def note(**more):
    return Problem("N103", "a.xlsx", "Lines", 3, details={"number": "3"}, **more)


def test_a_note_is_no_warning(tmp_path, books):
    found = [note(), Problem("W301", "a.xlsx", "Lines", 4, "A", value="A-1", invoice_ref="A-1")]
    outcome = _again(open_workspace(books), books / "mistakes.xlsx")
    figures = summary(type(outcome)(("a.xlsx",), "", None, found))
    assert (figures["errors"], figures["warnings"], figures["notes"]) == (0, 1, 1)
    assert [line for line in problem_lines(found) if "N103" in line] == problem_lines(found)[-1:]
    page = write_problem_page(tmp_path / "p.html", [found[0]], {"file": "a.xlsx"}).read_text("utf-8")
    assert "Nothing to mend" in page and "no error and no warning" in page and ">Note<" in page


def test_notes_alone_make_no_workbook_and_strict_lets_them_pass(books, as_json):
    sheet("a.xlsx", [["Brightwater"], FLAT, ["A-1", "C-1001", "EUR", datetime(2026, 11, 30), "Day", 1, 1]], "Batch")
    code, found = as_json("check", "a.xlsx", "--strict")
    assert {p["severity"] for p in found["problems"]} == {"note"} and code == 0
    assert "marked" not in found["written"]


def test_a_fault_of_ours_leaves_the_book_as_it_was(books, typed, monkeypatch, tmp_path):
    from oneoff_batch.pipeline import batches

    flat("a.xlsx", ["A-1", "C-1001", "EUR", None, "Day", 1, 1])
    before = Path("book.sqlite").read_bytes()
    monkeypatch.setattr(batches, "to_json", lambda *_: 1 / 0)
    code, out = typed("draft", "a.xlsx")
    assert code == 70 and Path("book.sqlite").read_bytes() == before
    assert "Traceback" not in out and "Please send it" in out and "ZeroDivisionError" not in out
    assert "ZeroDivisionError" in Path("reports/oneoff-batch-fault.txt").read_text("utf-8")
    assert not Path("oneoff-batch-fault.txt").exists() and not Path("batches").exists()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("oneoff_batch.pipeline.setup.make_workspace", lambda *_: 1 / 0)
    assert typed("init", "elsewhere")[0] == 70
    assert Path("oneoff-batch-fault.txt").exists()


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda k: k.code)
def test_a_problem_is_said_in_two_sentences_and_mended_in_one(kind):
    """A suggestion may follow as a third one; a remedy may have a second half behind a semicolon."""
    for words, most in ((kind.text, 2), (kind.fix, 2), (kind.why, 2)):
        assert len(re.findall(r"[.?!](?=\s+[A-Z\"{]|$)", words)) <= most, words
    shown = re.sub(r"\{[a-z_]+\}", "", f"{kind.title} {kind.text} {kind.fix} {kind.why} {kind.good} {kind.bad}")
    shown = shown.replace("oneoff_batch", "")
    assert not re.search(
        r"[a-z]_[a-z]|\b(?:None|NaN|null|dtype|float64|int64|regex|exception|Traceback|DataFrame)\b", shown
    ), shown
    assert kind.why and kind.good and kind.bad and kind.fix[0].isupper()


def test_the_same_report_is_the_same_bytes(books, typed):
    sums = []
    for _ in range(2):
        shutil.rmtree("reports", ignore_errors=True)
        typed("check", "mistakes.xlsx")
        sums.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in Path("reports").iterdir()})
    assert sums[0] == sums[1] and len(sums[0]) == 4


def test_a_report_can_be_written_where_a_sheet_has_no_rows_of_its_own(tmp_path):
    workspace, outcome = examined(sample("E106"))
    report = write_report(Workspace(tmp_path, workspace.settings), outcome, Asked(files=(Path("E106.xlsx"),)))
    assert report.page.exists() and report.to_fix is None
