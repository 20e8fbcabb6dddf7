"""A sample neighborhood, and one week walked through it by the public doors."""
