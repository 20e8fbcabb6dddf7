"""Activities that nobody was heard of for long: asking their center, and when letters stop inviting people to them."""
