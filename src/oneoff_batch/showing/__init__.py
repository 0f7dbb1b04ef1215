"""Drafts, problems and final invoices as HTML pages, preview workbooks and marked-up workbooks."""
