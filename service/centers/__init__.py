"""A center's own side: what it posts, changes and calls off, with everyone told whom it concerns."""
