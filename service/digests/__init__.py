"""The weekly letter: a few matches, the reasons for each, and one small act."""
