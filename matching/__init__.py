"""The matcher: arrays in, arrays out. Knows no database, no clock and no name of a person."""
