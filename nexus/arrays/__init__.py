"""Arrays of the host and of other libraries, described in one form."""
