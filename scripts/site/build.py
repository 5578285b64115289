#!/usr/bin/env python3
"""Makes the documentation a static site: README.md, docs/, the reference with a page a topic, the gallery, the READMEs of
plugins, and every file of the repository that one of these names.

    scripts/site/build.py FOLDER

Which pages there are, and in which order, README.md says ("Where to go on"); a page of docs/ that it does not name is an
error, and so is a link whose target is not there. What comes out asks the network for nothing and works from a disk.
"""
import html
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
REFERENCE = "docs/reference.md"
FORMATTER = HtmlFormatter(nowrap=True)


class SiteError(Exception):
    """What has to be mended in the pages, in words."""


@dataclass
class Heading:
    level: int
    text: str
    anchor: str


@dataclass
class Page:
    """One page of the site."""

    source: str  # below the root of the repository
    path: str  # below the root of the site
    title: str
    tokens: list = field(default_factory=list)
    headings: list = field(default_factory=list)
    code: str = ""  # of a source file
    entries: list = field(default_factory=list)  # for the search: (title, anchor, text)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def is_text(path):
    try:
        read(path)
    except UnicodeDecodeError:
        return False
    return True


def plain(token):
    """The text of an inline token."""
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children or []
                   if child.type in ("text", "code_inline", "softbreak"))


def slug(text, taken):
    """The anchor that a heading has on GitHub, so that links work there and here."""
    base = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    anchor, number = base, 0
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor


def highlighted(code, language=None, name=None):
    try:
        lexer = get_lexer_by_name(language) if language else get_lexer_for_filename(name)
    except ClassNotFound:
        lexer = TextLexer()
    return highlight(code, lexer, FORMATTER)


class Site:
    def __init__(self):
        self.markdown = MarkdownIt("commonmark").enable("table")
        self.pages = {}  # by source; of the reference by "docs/reference.md#topic"
        self.anchors = {}  # source -> {anchor: page}
        self.files = set()  # copied as they are
        self.sections = []  # of the navigation: (title, [page])

    # Reading

    def add(self, source, path, tokens, taken=None):
        """A page of these tokens. Headings get anchors."""
        taken = set() if taken is None else taken
        # What is for those who edit the file.
        for index in reversed(range(len(tokens))):
            if tokens[index].type == "paragraph_open" and re.match(r"Made by .*: do not edit\.$", plain(tokens[index + 1])):
                tokens = tokens[:index] + tokens[index + 3:]
        page = Page(source, path, "", tokens)
        for index, token in enumerate(tokens):
            if token.type == "heading_open":
                text = plain(tokens[index + 1])
                heading = Heading(int(token.tag[1]), text, slug(text, taken))
                token.attrSet("id", heading.anchor)
                page.headings.append(heading)
        if not page.headings:
            raise SiteError(f"{source} has no heading")
        page.title = page.headings[0].text
        self.pages[source if source not in self.pages else f"{source}#{page.headings[0].anchor}"] = page
        anchors = self.anchors.setdefault(source, {})
        for heading in page.headings:
            anchors[heading.anchor] = page
        return page

    def add_markdown(self, source, path):
        return self.add(source, path, self.markdown.parse(read(source)))

    def add_reference(self):
        """The first page lists the topics; each has a page of its own."""
        tokens = self.markdown.parse(read(REFERENCE))
        starts = [index for index, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"]
        taken = set()
        first = self.add(REFERENCE, "reference/index.html", tokens[: starts[0]], taken)
        topics = []
        for start, end in zip(starts, starts[1:] + [len(tokens)]):
            part = tokens[start:end]
            name = re.sub(r"[^a-z]+", "-", plain(part[1]).lower())
            for token in part:  # what was a second heading is now the first
                if token.type in ("heading_open", "heading_close"):
                    token.tag = f"h{int(token.tag[1]) - 1}"
            page = self.add(REFERENCE, f"reference/{name}.html", part, taken)
            self.name_registries(page)
            topics.append(page)
        return first, topics

    def name_registries(self, page):
        """What a registry lists in a table is found like a function: its rows get anchors."""
        registry, column = None, -1
        for index, token in enumerate(page.tokens):
            if token.type == "heading_open":
                registry = plain(page.tokens[index + 1])
            elif token.type == "table_open":
                rows = [later for later in page.tokens[index:index + 12] if later.type == "inline"]
                column = 0 if rows and plain(rows[0]) == "name" else -1
            elif token.type == "tr_open" and column == 0 and page.tokens[index + 1].type == "td_open":
                cells = [later for later in page.tokens[index:] if later.type == "inline"][:3]
                name = f"{registry}.{plain(cells[0])}"
                anchor = re.sub(r"[^\w\-]", "", name.replace(".", "-"))
                token.attrSet("id", anchor)
                page.entries.append((name, anchor, " ".join(plain(cell) for cell in cells[1:])))

    def read_all(self):
        home = self.add_markdown("README.md", "index.html")
        self.sections = [("", [home])]
        reference = topics = None
        inside, listed = False, {"README.md"}
        for index, token in enumerate(home.tokens):
            if token.type == "heading_open":
                text = plain(home.tokens[index + 1])
                inside = text == "Where to go on" or (inside and token.tag == "h3")
                if inside and token.tag == "h3":
                    self.sections.append((text, []))
            elif inside and token.type == "inline":
                for child in token.children:
                    target = child.attrGet("href") if child.type == "link_open" else None
                    if not target or not target.endswith(".md") or target in listed:
                        continue
                    listed.add(target)
                    if target == REFERENCE:
                        reference, topics = self.add_reference()
                        page = reference
                    else:
                        page = self.add_markdown(target, os.path.basename(target)[:-3].lower() + ".html")
                    self.sections[-1][1].append(page)
        missing = sorted(f"docs/{name}" for name in os.listdir(os.path.join(ROOT, "docs"))
                         if name.endswith(".md") and f"docs/{name}" not in listed)
        if missing:
            raise SiteError(f"README.md does not name {', '.join(missing)} under \"Where to go on\"")
        if not reference:
            raise SiteError(f"README.md does not name {REFERENCE}")
        self.sections.append(("Reference", topics))
        plugins = os.path.join(ROOT, "plugins")
        readmes = [f"plugins/{name}/README.md" for name in sorted(os.listdir(plugins))
                   if os.path.exists(os.path.join(plugins, name, "README.md"))]
        self.sections.append(("What comes with it", [
            self.add_markdown(path, f"plugins/{path.split('/')[1]}.html") for path in readmes]))

    # Links

    def resolve(self, page, target):
        """Where a link of a page leads, seen from that page. Files of the repository become pages."""
        if re.match(r"[a-z]+:", target):
            return target
        name, _, anchor = target.partition("#")
        base = os.path.dirname(page.source)
        source = os.path.normpath(os.path.join(base, name)) if name else page.source
        if source in self.anchors:
            if not anchor:
                return self.relative(page, self.pages[source].path)
            goal = self.anchors[source].get(anchor)
            if goal is None:
                raise SiteError(f"{page.source}: {target}: there is no heading '{anchor}' in {source}")
            return self.relative(page, goal.path) + "#" + anchor
        file = os.path.join(ROOT, source)
        if not os.path.exists(file):
            raise SiteError(f"{page.source}: {target}: there is no {source}")
        if os.path.isfile(file) and not source.endswith((".svg", ".png")) and not is_text(source):
            raise SiteError(f"{page.source}: {target}: {source} is no text that a page could show")
        if source.endswith((".svg", ".png")):
            self.files.add(source)
            return self.relative(page, source)
        return self.relative(page, self.add_source(source).path)

    def add_source(self, source):
        """A page that shows a file, or what is in a folder."""
        if source not in self.pages:
            if os.path.isdir(os.path.join(ROOT, source)):
                names = sorted(name for name in os.listdir(os.path.join(ROOT, source)) if not name.startswith((".", "__")))
                # Pages show text; of anything else there is the name.
                shown = [os.path.isdir(os.path.join(ROOT, source, name)) or is_text(f"{source}/{name}") for name in names]
                text = f"# {source}\n\n" + "".join(
                    f"- [{name}]({name})\n" if has_page else f"- {name}\n" for name, has_page in zip(names, shown))
                page = self.add(source, f"files/{source}/index.html", self.markdown.parse(text))
                page.source = source + "/."  # links are those inside of the folder
            else:
                page = Page(source, f"files/{source}.html", source, headings=[Heading(1, source, "")])
                page.code = read(source)
                self.pages[source] = page
            self.anchors.setdefault(source, {})
        return self.pages[source]

    @staticmethod
    def relative(page, path):
        return os.path.relpath(path, os.path.dirname(page.path) or ".")

    # Writing

    def body(self, page):
        if page.code:
            name = os.path.basename(page.source)
            return (f"<h1>{html.escape(page.source)}</h1>\n<pre tabindex=\"0\"><code>"
                    f"{highlighted(page.code, name=name)}</code></pre>\n")
        for token in page.tokens:
            for child, text in zip(token.children or [], (token.children or [])[1:] + [None]):
                # A link that shows a path, as README.md has them, shows the title of its page.
                goal = self.pages.get(child.attrGet("href")) if child.type == "link_open" else None
                if goal and text.content == goal.source:
                    text.content = goal.title
                for attribute in ("href", "src"):
                    if child.attrGet(attribute):
                        child.attrSet(attribute, self.resolve(page, child.attrGet(attribute)))
        rules = self.markdown.renderer.rules
        rules["fence"] = lambda tokens, index, options, env: (
            "<pre tabindex=\"0\"><code>"
            + highlighted(tokens[index].content, language=tokens[index].info.split()[0] if tokens[index].info else "text")
            + "</code></pre>\n")
        rules["table_open"] = lambda *_: "<div class=\"table\" tabindex=\"0\"><table>\n"
        rules["table_close"] = lambda *_: "</table></div>\n"
        text = self.markdown.renderer.render(page.tokens, self.markdown.options, {})
        # A heading can be linked to.
        return re.sub(
            r"<(h[2-4]) id=\"([^\"]*)\">(.*?)</\1>",
            r'<\1 id="\2">\3 <a class="here" href="#\2" aria-label="Link to this section">#</a></\1>', text)

    def navigation(self, page):
        parts = []
        for title, pages in self.sections:
            if title:
                inside = any(other is page for other in pages)
                open_mark = " open" if inside or title != "Reference" else ""
                parts.append(f"<details{open_mark}><summary>{html.escape(title)}</summary>")
            parts.append("<ul>")
            for other in pages:
                mark = ' aria-current="page"' if other is page else ""
                parts.append(f'<li><a href="{self.relative(page, other.path)}"{mark}>{html.escape(other.title)}</a></li>')
            parts.append("</ul>")
            if title:
                parts.append("</details>")
        return "\n".join(parts)

    @staticmethod
    def contents(page):
        headings = [heading for heading in page.headings[1:] if heading.level <= 3]
        if len(headings) < 2:
            return ""
        items = "".join(f'<li class="l{heading.level}"><a href="#{heading.anchor}">{html.escape(heading.text)}</a></li>'
                        for heading in headings)
        return f'<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>{items}</ul></nav>'

    def document(self, page, template):
        body = self.body(page)
        up = self.relative(page, ".")
        values = {
            "TITLE": html.escape(page.title if page.path == "index.html" else f"{page.title} - Nightjar"),
            "UP": "" if up == "." else up + "/", "NAVIGATION": self.navigation(page), "CONTENTS": self.contents(page),
            "BODY": body,
        }
        return re.sub(r"\{\{([A-Z]+)\}\}", lambda match: values[match[1]], template)

    def search_entries(self, page):
        """Title, address, place and text of what the search finds on a page: each heading with what stands below it."""
        entries, heading, words = [], None, []
        headings = iter(page.headings)

        def close():
            if heading:
                text = " ".join(" ".join(words).split())
                where = page.title if heading is not page.headings[0] else ""
                entries.append([heading.text, page.path + ("" if not where else "#" + heading.anchor), where, text])

        for index, token in enumerate(page.tokens):
            if token.type == "heading_open":
                close()
                heading, words = next(headings), []
            elif token.type == "inline" and page.tokens[index - 1].type != "heading_open":
                words.append(plain(token))
            elif token.type == "fence":
                words.append(token.content)
        close()
        entries += [[name, f"{page.path}#{anchor}", page.title, text] for name, anchor, text in page.entries]
        return entries

    def write(self, folder):
        self.read_all()
        with open(os.path.join(HERE, "page.html"), encoding="utf-8") as file:
            template = file.read()
        if os.path.exists(folder):
            shutil.rmtree(folder)
        entries = [entry for _, pages in self.sections for page in pages for entry in self.search_entries(page)]
        done = set()
        while pending := [page for page in self.pages.values() if page.path not in done]:
            for page in pending:
                text = self.document(page, template)  # may add pages
                path = os.path.join(folder, page.path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                done.add(page.path)
        for name in ("style.css", "search.js"):
            shutil.copy(os.path.join(HERE, name), os.path.join(folder, name))
        for name in sorted(self.files):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), os.path.join(folder, name))
        with open(os.path.join(folder, "entries.js"), "w", encoding="utf-8") as file:
            file.write("window.entries = " + json.dumps(entries, ensure_ascii=False, separators=(",", ":")) + ";\n")
        return len(done), len(entries)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        pages, entries = Site().write(sys.argv[1])
    except SiteError as error:
        sys.exit(f"error: {error}")
    print(f"{sys.argv[1]}: {pages} pages, {entries} entries of the search")


if __name__ == "__main__":
    main()
