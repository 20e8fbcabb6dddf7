"""Where things are: codes to points, time zones, distances, regions."""
