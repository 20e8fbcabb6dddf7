"""A resident's own calendar of their seats, behind an address that they make, replace and switch off."""
