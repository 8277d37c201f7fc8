"""The public gates of recommendation and next best offer, run through the functions the product itself calls."""

# It says how many threads numpy takes, so it comes before any gate that imports numpy.
import catalog_app.recommendations  # noqa: F401
