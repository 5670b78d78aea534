"""Brings pages that stand outside docs/ into the site: an mkdocs hook. In the repository each stays where it is looked
for, and the links of every page lead to the file; in the site they lead to its page."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ABOUT = ("SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/dictionary.md", "models/MODEL_CARD.md")
IN_SITE = {"README.md": "index.md", **{name: f"about/{name}" for name in ABOUT}}
IN_REPOSITORY = {uri: name for name, uri in IN_SITE.items()}
LINK = re.compile(r"(!?)\[([^]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")

FENCE_IN_LIST = re.compile(r"^( {2,4})```\w*\n((?:.*\n)*?)\1```$", flags=re.MULTILINE)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    for name, uri in IN_SITE.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    here = page.file.src_uri
    there = IN_REPOSITORY.get(here, f"docs/{here}")

    def in_site(link: re.Match[str]) -> str:
        mark, text, target, anchor = link.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(there), target))
        uri = IN_SITE.get(path, path.removeprefix("docs/"))
        if path == uri:  # a file that is no page: it can be read in the repository
            return f"{text} (`{path}`)"
        return f"{mark}[{text}]({posixpath.relpath(uri, posixpath.dirname(here) or '.')}{anchor or ''})"

    return LINK.sub(in_site, _lists_as_here(markdown))


def _lists_as_here(markdown: str) -> str:
    """What stands in a numbered item is indented by three, as everywhere; mkdocs wants four, and no fence in it."""

    def indented(fence: re.Match[str]) -> str:
        lines = (line.removeprefix(fence[1]) for line in fence[2].splitlines())
        return "\n" + "\n".join(" " * 8 + line for line in lines) + "\n"

    return re.sub(r"^ {3}(?=\S)", " " * 4, FENCE_IN_LIST.sub(indented, markdown), flags=re.MULTILINE)
