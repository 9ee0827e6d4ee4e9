"""The report of a consultation: as text, as a page to print, and as SOAP to copy."""

from assistant.reporting.html import render_html
from assistant.reporting.soap import render_soap
from assistant.reporting.text import render_text

__all__ = ["render_html", "render_soap", "render_text"]
