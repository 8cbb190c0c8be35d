"""Stand-ins for vendors' drivers, on which tests run. See the README of each folder."""
