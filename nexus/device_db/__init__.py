"""The device database: records and catalogs, their validation, and the bundled data."""
