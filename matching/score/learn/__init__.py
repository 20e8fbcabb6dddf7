"""Learning the score from what people answered."""
