"""What a week is made of: its arrays, their one order, households and settings."""
