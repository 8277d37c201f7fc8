"""Where the pages of the sync link to in the room of products: by endpoint, never by import."""

PRODUCT_PAGE = "products.show"
CATALOG_PAGE = "products.index"
