"""The ledger as reports, tables and layouts for other programs."""
