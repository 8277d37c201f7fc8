"""The JSON API described by itself: one OpenAPI document made from the routes, and a page to read it."""
