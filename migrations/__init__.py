"""Numbered plain SQL and the small runner that applies it."""
