"""The product catalogue of a telecom operator's loyalty and campaign department."""
