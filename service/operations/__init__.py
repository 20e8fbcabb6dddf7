"""What the operator's machines ask: whether the process lives, and whether it can work."""
