"""Run the main job on the sample data in a fresh folder, typing the commands that a person would type."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
COPIED = ("oneoff.toml", "master-data.xlsx", "november.xlsx", "flat.csv", "month-end.xlsx", "mistakes.xlsx")


def run(folder: Path, *args: str, quiet: bool = False, expect: tuple[int, ...] = (0,)) -> str:
    """Type a command in the folder, show it and what it says, and return what it printed."""
    program = Path(sysconfig.get_path("scripts")) / "oneoff-batch"
    if not quiet:
        print(f"\n$ oneoff-batch {' '.join(args)}", flush=True)
    done = subprocess.run([program, *args], cwd=folder, text=True, capture_output=True, check=False)
    if not quiet or done.returncode not in expect:
        print(done.stdout.rstrip(), done.stderr.rstrip(), sep="\n" if done.stderr else "", flush=True)
    if done.returncode not in expect:
        sys.exit(f"The demo stopped: exit code {done.returncode}.")
    return done.stdout


def main(folder: Path) -> None:
    """Check, draft, preview, approve, finalize, and say what was made."""
    if folder.exists():
        shutil.rmtree(folder)
    run(Path(), "init", str(folder), quiet=True)
    for name in COPIED:
        shutil.copy(HERE / name, folder / name)
    run(folder, "check", "november.xlsx")
    batch = json.loads(run(folder, "draft", "november.xlsx", "--user", "anna", "--json", quiet=True))["batch"]
    print("\n$ oneoff-batch draft november.xlsx --user anna", f"Batch {batch}", sep="\n")
    run(folder, "approve", batch, "--user", "ben")
    run(folder, "finalize", batch, "--user", "ben", "--yes")
    run(folder, "ledger", "verify")
    _tell(folder, batch)


def _tell(folder: Path, batch: str) -> None:
    ledger = json.loads(run(folder, "ledger", "list", "--last", "100000", "--json", quiet=True))["invoices"]
    shown = json.loads(run(folder, "show", batch, "--json", quiet=True))["totals"]
    print(f"\n{'-' * 72}\nMade {len(ledger)} final invoices:")
    for t in shown:
        word = "invoice " if t["invoice_count"] == 1 else "invoices"
        print(f"  {t['currency']}  {t['invoice_count']:>3} {word}   total {Decimal(t['gross_total']):>14,}")
    for series in dict.fromkeys(i["series"] for i in ledger):
        numbers = [i["number"] for i in ledger if i["series"] == series]
        print(f"  Numbers {numbers[0]} … {numbers[-1]}")
    print(f"Batch page   {folder / 'batches' / batch / 'index.html'}")
    print(f"Workbook     {folder / 'batches' / batch / 'preview.xlsx'}")
    print(f"Ledger       {folder / 'ledger' / 'ledger.xlsx'}")
    print(f"Try next     cd {folder} && ../.venv/bin/oneoff-batch check mistakes.xlsx")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
