"""Text to topics: the phrases of a topic in what people type."""
