"""Write the workbooks and CSVs of the sample data anew: `python sample_data/build.py`, from the top of the repository."""

from __future__ import annotations

from pathlib import Path

from generator.broken import write_broken
from generator.company import COMPANY
from generator.controls import control
from generator.corrections import CREDIT_ROWS, PAYMENT_ROWS
from generator.files import book, sheet, write_csv, write_workbook
from generator.habits import write_habits
from generator.hidden import write_hidden
from generator.masters import write_masters
from generator.month_end import MONTH_END
from generator.november import BATCH
from generator.others import FLAT, mistakes
from generator.programs import write_programs
from generator.rows import tables
from generator.uploads import write_uploads

HERE = Path(__file__).parent


def main() -> None:
    """Write every file; what has not changed keeps its bytes."""
    write_workbook(HERE / "master-data.xlsx", book(COMPANY))
    november = tables(BATCH)
    totals = control(HERE, book(november))
    write_workbook(HERE / "november.xlsx", book({**november, "control": totals}))
    write_csv(HERE / "flat.csv", FLAT)
    write_workbook(HERE / "month-end.xlsx", book(tables(MONTH_END)))
    write_workbook(HERE / "mistakes.xlsx", book(mistakes()))
    write_workbook(HERE / "credits.xlsx", sheet("credits", CREDIT_ROWS))
    write_workbook(HERE / "payments.xlsx", sheet("payment_list", PAYMENT_ROWS))
    write_programs(HERE / "profiles")
    problems = HERE / "problems"
    write_uploads(problems)
    write_hidden(problems)
    write_masters(problems)
    write_habits(problems)
    write_broken(problems, (problems / "E305.xlsx").read_bytes())


if __name__ == "__main__":
    main()
