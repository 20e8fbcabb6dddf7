"""Partners and centers: who they are, who works there, and how people and machines of theirs prove it."""
