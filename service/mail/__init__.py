"""Letters: queued with the change that causes them, sent once, by a ledger."""
