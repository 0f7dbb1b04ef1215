"""The whole real retail file: each line is in a draft or under a named problem, and not a penny is lost."""

from __future__ import annotations

from datetime import date

import pytest
from real_file import PROFILE, RETAIL, TOTAL, write_workspace

from oneoff_batch.pipeline.intake import examine
from oneoff_batch.pipeline.workspace import open_workspace
from oneoff_batch.problems import errors
from oneoff_batch.reading import load_profile

pytestmark = pytest.mark.skipif(not RETAIL.exists(), reason="the real file is not here")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    workspace = open_workspace(write_workspace(tmp_path_factory.mktemp("retail") / "books"))
    return examine(workspace, [RETAIL], load_profile(PROFILE), date(2011, 12, 31), None)


def _amount(lines):
    return (lines["quantity"] * lines["unit_price"]).sum()


def test_each_line_is_in_a_draft_or_under_a_named_problem(outcome):
    drafted = set(outcome.drafts.invoices["invoice_ref"])
    lines = outcome.checked.lines.frame
    held = lines[~lines["invoice_ref"].isin(drafted)]
    assert len(outcome.drafts.lines) + len(held) == 541_909
    assert set(held["invoice_ref"]) == {p.invoice_ref for p in errors(outcome.problems)}


def test_drafted_and_held_amounts_add_up_to_the_file(outcome):
    drafted = set(outcome.drafts.invoices["invoice_ref"])
    lines = outcome.checked.lines.frame
    held = lines[~lines["invoice_ref"].isin(drafted)]
    assert _amount(outcome.drafts.lines) + _amount(held) == TOTAL


def test_lines_without_a_customer_are_problems_and_not_guesses(outcome):
    lines = outcome.checked.lines.frame
    drafted = set(outcome.drafts.invoices["invoice_ref"])
    assert len(lines[~lines["invoice_ref"].isin(drafted)]) == 135_080
    assert {p.code for p in errors(outcome.problems)} == {"E201"}


def test_credits_become_deduction_lines(outcome):
    drafts = outcome.drafts
    credits = drafts.lines[drafts.lines["invoice_ref"].str.startswith("C")]
    assert len(credits) and (credits["type"] == "deduction").all() and (credits["quantity"] < 0).all()


def test_totals_of_every_draft_add_up_to_the_penny(outcome):
    drafts = outcome.drafts
    for what, total in (("net", "net_total"), ("tax", "tax_total"), ("gross", "gross_total")):
        sums = drafts.lines.groupby("invoice")[what].sum().reindex(drafts.invoices.index)
        assert (sums == drafts.invoices[total]).all()
