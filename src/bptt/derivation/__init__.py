"""The derivation itself: one tree is evaluated, printed, proved and compared with an answer."""
