"""Independent sources of derivatives; none shares code with the package."""
