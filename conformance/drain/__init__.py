"""The drain of thousands of connections: what is promised, checked from both sides."""
