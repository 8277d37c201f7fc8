"""Tables as files: CSV, NDJSON and XLSX, read and written row by row. They know text and cells, and no database."""
