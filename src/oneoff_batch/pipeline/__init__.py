"""The use cases: check, draft, preview, approve, finalize, export; each a short line through the rooms."""
