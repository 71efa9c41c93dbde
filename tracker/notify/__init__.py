"""What alerts say and the channels that carry them."""
