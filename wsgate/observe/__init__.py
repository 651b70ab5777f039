"""What the server says about itself: the log of its own doings and the access log."""
