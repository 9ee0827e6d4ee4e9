"""What to ask next, when to stop, how an answer is read, and how it is said."""
