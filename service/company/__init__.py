"""Company on a first visit: two people who are both new, and both want it, are told of each other before a date."""
