"""What the operator sees: whether this process can work, every place and its state, towns, and how the last weeks ran, in counts."""
