"""What shows a failure outside of the kit: recorded calls, and programs in C."""
