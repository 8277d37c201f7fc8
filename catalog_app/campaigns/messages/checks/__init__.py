"""What pre-flight looks at, each by itself: languages, templates, lengths, times, and whom the product leaves."""
