"""How people look at the list of products: its columns, its saved views, its counts."""
