"""What `ladder.py` is made of: the work, workers that do it, the timing, the store, the page."""
