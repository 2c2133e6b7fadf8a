"""What any engine is asked for, and what a profile tells, whichever engine made it."""
