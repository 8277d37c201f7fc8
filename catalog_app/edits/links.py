"""Names of pages of other rooms that pages of edits lead to."""

PRODUCT_PAGE = "products.show"
CATALOG_PAGE = "products.index"
