"""What a campaign says to one customer: a Liquid template, the promise it carries, and what is wrong with it."""
