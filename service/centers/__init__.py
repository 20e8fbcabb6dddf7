"""A center's own pages: its activities, their dates and seats."""
