"""`Shown`: whatever has a document shows itself as text, Markdown, LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bptt.derivation.as_html import as_fragment, as_html
from bptt.derivation.as_latex import as_latex, as_latex_part
from bptt.derivation.as_markdown import as_markdown
from bptt.derivation.as_text import WIDTH, as_text
from bptt.derivation.document import Document


class Shown:
    """Shows itself in a terminal, in Jupyter and in files.

    Each method takes ``digits``, the significant digits of numbers within formulas (results have
    all of theirs), and the options of `document`.
    """

    document: Callable[..., Document]
    """Return what is to be shown."""

    def text(self, *, digits: int = 6, width: int = WIDTH, **options: Any) -> str:
        """Return plain text of lines no longer than ``width`` where a formula can be broken."""
        return as_text(self.document(**options), digits, width)

    def markdown(self, *, digits: int = 6, **options: Any) -> str:
        """Return Markdown, with formulas in LaTeX."""
        return as_markdown(self.document(**options), digits)

    def latex(self, *, digits: int = 6, **options: Any) -> str:
        """Return a LaTeX file that compiles by itself."""
        return as_latex(self.document(**options), digits)

    def html(self, *, digits: int = 6, **options: Any) -> str:
        """Return a page of HTML that needs nothing else."""
        return as_html(self.document(**options), digits)

    def _repr_html_(self) -> str:
        return as_fragment(self.document())

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return as_latex_part(self.document())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text())

    def __str__(self) -> str:
        return self.text()
