"""What came of it all: how good the matches would have been for real people."""
