"""What the documentation site needs beside its pages: formulas as MathML, docstrings as Markdown.

TeX becomes MathML while the site is built, so that a page needs neither a script nor a network to
show a formula. Pages write ``$...$`` and ``$$...$$``, as code hosts do. Docstrings are written for
numpydoc: their formulas, tables and literal blocks are brought into Markdown's form.
"""

import logging
import re
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert
from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

_INLINE = r"(?<![\\$\w])\$(?![\s$])([^$]+?)(?<!\s)\$(?![\w$])"
_ROLE = r":math:`([^`]+)`"
_DOLLARS = r"^\$\$\n((?:.+\n)+?)\$\$$"
_DIRECTIVE = r"^\.\. math::[ ]*(.*(?:\n+[ ]+\S.*)*)"
_RULE = r"=+(?:  +=+)+"
_LINES = re.MULTILINE | re.DOTALL
_LOADED = re.compile(
    r"<(?:script|img|iframe|link[^>]+stylesheet)\b[^>]*[\"\s=](?:https?:)?//[^\s>]+"
)
_log = logging.getLogger("mkdocs.hooks")


def mathml(tex: str, display: str) -> str:
    """Return TeX as a MathML element.

    Parameters
    ----------
    tex
        The formula.
    display
        `inline` or `block`.
    """
    # a norm's bar that may grow is set too low where it carries an index
    bars = ("<mo>&#x02016;</mo>", '<mo stretchy="false">&#x02016;</mo>')
    return convert(" ".join(tex.split()), display=display).replace(*bars)


class _Inline(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name
        self, match: re.Match[str], data: str
    ) -> tuple[Element | str, int, int]:
        return self.md.htmlStash.store(mathml(match[1], "inline")), match.start(), match.end()


class _Blocks(Preprocessor):
    """`$$` on lines of their own, or the directive ``.. math::``."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        for block in (_DOLLARS, _DIRECTIVE):
            text = re.sub(block, self._stored, text, flags=re.MULTILINE)
        return text.split("\n")

    def _stored(self, match: re.Match[str]) -> str:
        formula = f'<div class="formula">{mathml(match[1], "block")}</div>'
        return f"\n\n{self.md.htmlStash.store(formula)}\n\n"


class _FromNumpydoc(Preprocessor):
    """Simple tables and literal blocks, as Markdown has them."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        text = re.sub(r"^::$\n", "", text, flags=re.MULTILINE)
        text = re.sub(rf"^({_RULE})\n([^\n]+)\n\1\n(.+?)\n\1$", _table, text, flags=_LINES)
        return text.split("\n")


def _table(match: re.Match[str]) -> str:
    """A simple table of reStructuredText as one of Markdown."""
    starts = [edge.start() for edge in re.finditer(r"=+", match[1])]
    ends = [*(start - 1 for start in starts[1:]), None]
    rows: list[list[str]] = []
    for line in [match[2], *match[3].split("\n")]:
        cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        if cells[0]:
            rows.append(cells)
        else:  # the row goes on
            rows[-1] = [
                f"{above} {below}".strip() for above, below in zip(rows[-1], cells, strict=True)
            ]
    rows.insert(1, ["---"] * len(starts))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


class Formulas(Extension):
    """TeX in pages and docstrings becomes MathML."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        """Register the patterns.

        Parameters
        ----------
        md
            The converter.
        """
        md.preprocessors.register(_FromNumpydoc(md), "numpydoc", 23)
        md.preprocessors.register(_Blocks(md), "formula-blocks", 22)  # after fenced code
        md.inlinePatterns.register(_Inline(_ROLE, md), "formula-role", 195)  # before `code`
        md.inlinePatterns.register(_Inline(_INLINE, md), "formula", 185)  # before \escapes


def on_config(config: Any) -> Any:
    """Let every page and docstring use formulas.

    Parameters
    ----------
    config
        Of the site.
    """
    config.markdown_extensions.append(Formulas())
    return config


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Warn of a page that loads something from the network; a strict build then fails.

    Parameters
    ----------
    output
        The page.
    page
        Where it comes from.
    """
    for loaded in _LOADED.finditer(output):
        _log.warning("%s loads from the network: %s", page.file.src_path, loaded[0])
    return output
