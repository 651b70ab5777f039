"""Workers with as many connections as they are made for."""
