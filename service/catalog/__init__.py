"""What is on: published activities and their dates, for everybody. Nothing about any resident is read here."""
