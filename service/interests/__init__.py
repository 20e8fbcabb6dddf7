"""The topics people may choose, and the words that lead to them."""
