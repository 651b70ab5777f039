"""The real command under churn for an hour: what it holds has to stay flat, and to come back."""
