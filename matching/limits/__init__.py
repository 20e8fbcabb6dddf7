"""Who may go where: the hard limits, and the pairs of a person and a session that pass all of them."""
