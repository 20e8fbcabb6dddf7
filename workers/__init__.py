"""When work happens. No rules live here."""
