"""A page template of the user's own that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jinja2 import TemplateError, TemplateSyntaxError


class TemplateFault(RuntimeError):
    """A template cannot be used; the message says which, where, and what to do."""


@contextmanager
def named() -> Iterator[None]:
    """Turn what Jinja raises into a sentence that names the template."""
    try:
        yield
    except TemplateSyntaxError as error:
        raise TemplateFault(
            f"The page template {error.name} cannot be used: line {error.lineno}, {error.message}. "
            "Mend it, or take it out of the templates folder; then run the command again."
        ) from error
    except TemplateError as error:
        raise TemplateFault(
            f"A page template cannot be used: {error.message}. "
            "Mend it, or take it out of the templates folder; then run the command again."
        ) from error
