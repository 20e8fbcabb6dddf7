"""What an owner looks after at their own place, and an operator at every place: its people, its keys, its forms."""
