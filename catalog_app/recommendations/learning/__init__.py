"""The models: numpy arrays in, numpy arrays out. They know no product, no request and no database."""
