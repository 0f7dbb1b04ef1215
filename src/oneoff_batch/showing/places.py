"""Where templates lie, how they are compiled, and what a page allows the browser to do."""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

_LESS_THAN = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")


def page_name(ref_or_number: str) -> str:
    """Return the file name of an invoice's page: a readable slug, and eight digits that keep two refs apart.

    Safe on every file system: no separators, no dots before the ending, no reserved names (hazard 58).
    """
    plain = unicodedata.normalize("NFKD", ref_or_number).encode("ascii", "ignore").decode()
    slug = _UNSAFE.sub("-", plain).strip("-")[:60] or "invoice"
    return f"{slug}-{sha256(ref_or_number.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}.html"


def page_names(refs: pd.Series, numbers: pd.Series) -> list[str]:
    """Return the file name of every invoice's page: by its number where it has one, else by its ref."""
    return [page_name(name) for name in numbers.astype("str").fillna(refs)]


def template_folders(user: Path | None) -> list[Path]:
    """Return the folders in which a template is looked for: the user's first, then ours."""
    here = Path(__file__).resolve()
    installed, checkout = here.parents[1] / "templates", here.parents[3] / "templates"
    ours = installed if installed.is_dir() else checkout
    return [user, ours] if user is not None and user.is_dir() else [ours]


def environment(user: Path | None) -> Environment:
    """Return the Jinja environment: everything is escaped, and a name that is missing raises."""
    return Environment(
        loader=FileSystemLoader(template_folders(user)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def page(name: str, user: Path | None, script: bool = False) -> Template:
    """Return the template `name`.html with its style (`name`.css), script (`name`.js) and a policy that allows only them.

    Styles and scripts are our files or the user's, never data, so they alone go in unescaped. Pictures may be
    put into a user's template as `data:` addresses; nothing is ever loaded from elsewhere (hazard 57).
    """
    env = environment(user)
    style = _file(env, f"{name}.css")
    code = _file(env, f"{name}.js") if script else ""
    policy = [
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(code)}" if code else "script-src 'none'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    env.globals.update(style=Markup(style), script=Markup(code), policy=Markup("; ".join(policy)))
    return env.get_template(f"{name}.html")


def data_island(value: Any) -> Markup:
    """Return JSON that cannot end the script element in which it stands."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_LESS_THAN))


def _file(env: Environment, name: str) -> str:
    """Read one of our own style or script files, in which nothing is escaped."""
    return env.overlay(autoescape=False).get_template(name).render().strip()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
