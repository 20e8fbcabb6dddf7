"""Residents: sign-up, confirmation, wishes, pausing and leaving."""
