"""Dates of activities and their seats: the only room that writes the tables `session` and `seats`."""
