"""Company on a first visit: two newcomers, or a newcomer and a regular, who both want it, are told of each other before a date."""
