"""Seats: who takes one, who gives one back, and the one place where that happens."""
