"""What plans have in common, whoever makes them: rows that wait to be written, and what returns when one is undone."""
