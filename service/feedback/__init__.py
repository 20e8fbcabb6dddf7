"""After a visit: the question of the morning after, and what its answers change."""
