"""The same faults against several servers: what each holds, and what the healthy notice."""
