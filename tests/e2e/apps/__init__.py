"""Applications as users write them; nothing in them knows about wsgate."""
