"""The grace period: from when on a draft that is off hold may become final by itself (domain §3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd


def due_at(states: pd.DataFrame, hours: int) -> list[datetime]:
    """Return for each draft the moment in UTC at which its grace period of so many hours is over.

    It begins with the release from hold, or with the upload where the draft never was on hold.
    """
    begins = states["released_at"].fillna(states["uploaded_at"])
    return [datetime.fromisoformat(moment) + timedelta(hours=hours) for moment in begins]
