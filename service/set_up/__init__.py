"""The one-time link that a new installation prints, and the five pages behind it that open a town."""
