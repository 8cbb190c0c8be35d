"""Objects, queries and work that the checks share."""
