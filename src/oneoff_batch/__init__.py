"""Turns a finance team's spreadsheets into one-off invoices that an auditor would sign."""

__version__ = "0.1.0"
