"""Real applications, written with the frameworks of others, under the real command."""
