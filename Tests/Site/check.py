#!/usr/bin/env python3
"""Looks at the site that scripts/site/build.py made.

    Tests/Site/check.py FOLDER [--no-browser] [--keep PICTURES]

Fails for a link or anchor that leads nowhere, an id that is there twice, a page that no page leads to, anything that would be
asked of the network, colours that are hard to read, and an entry of docs/reference.md that the search has not. In Chromium:
for a console message, an exception, a request to anywhere, a page wider than its window (390, 1280 and 1920 pixels, light and
dark), an entry that the search does not put first, and a search that the keyboard alone cannot use. --keep leaves pictures
for people to look at.
"""
import argparse
import html.parser
import json
import os
import re
import shutil
import sys
from urllib.parse import unquote

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, os.pardir, "Report"))
from browser import Browser  # noqa: E402

PICTURES = ("index", "first-loss", "first-plugin", "from-pytorch", "gallery", "reference/index", "reference/losses", "plugins/losses",
            "files/examples/custom_loss.lua")
faults = []


def fault(text):
    faults.append(text)
    print("FAULT " + text, flush=True)


class Document(html.parser.HTMLParser):
    """The ids, links and loaded files of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link":
            self.loads.append(given["href"])
        elif "src" in given:
            self.loads.append(given["src"])


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def entries_of_reference():
    """The names of docs/reference.md: headings, and rows of the tables that list definitions."""
    names, heading, lists = [], "", False
    for line in read(os.path.join(ROOT, "docs/reference.md")).split("\n"):
        if match := re.match(r"##+ (.*)$", line):
            heading, lists = match[1], False
            names.append(heading)
        elif line.startswith("| name | parameters |"):
            lists = True
        elif lists and (match := re.match(r"\| `([^`]+)` \|", line)):
            names.append(f"{heading}.{match[1]}")
        elif not line.startswith("|"):
            lists = False
    return names


def check_links(folder):
    paths = [os.path.relpath(os.path.join(base, name), folder) for base, _, names in os.walk(folder) for name in names
             if name.endswith(".html")]
    documents = {path: Document(read(os.path.join(folder, path))) for path in sorted(paths)}
    reached, pending = set(), ["index.html"]
    for path, document in documents.items():
        for name in {name for name in document.ids if document.ids.count(name) > 1}:
            fault(f"{path}: the id '{name}' is there twice")
        for load in document.loads:
            if load == "data:,":
                continue
            if re.match(r"([a-z]+:)?//|[a-z]+:", load):
                fault(f"{path}: {load} is asked of a network")
            elif not os.path.exists(os.path.join(folder, os.path.dirname(path), unquote(load))):
                fault(f"{path}: there is no {load}")
    while pending:
        path = pending.pop()
        if path in reached:
            continue
        reached.add(path)
        for link in documents[path].links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(path), unquote(name))) if name else path
            if target in documents:
                if anchor and unquote(anchor) not in documents[target].ids:
                    fault(f"{path}: {link}: there is no such place")
                pending.append(target)
            elif not os.path.isfile(os.path.join(folder, target)):
                fault(f"{path}: {link}: there is no such page")
    for path in sorted(set(documents) - reached):
        fault(f"no page leads to {path}")
    if re.search(r"@import|url\(", read(os.path.join(folder, "style.css"))):
        fault("style.css loads something")
    print(f"{len(documents)} pages: links looked at")
    return documents


def check_entries(folder, documents):
    entries = json.loads(read(os.path.join(folder, "entries.js"))[len("window.entries = "):].rstrip(";\n"))
    for title, address, *_ in entries:
        path, _, anchor = address.partition("#")
        if path not in documents or (anchor and anchor not in documents[path].ids):
            fault(f"the search leads to {address} for '{title}', which is not there")
    titles = [title for title, *_ in entries]
    names = entries_of_reference()
    for name in names:
        if name not in titles:
            fault(f"the search has no '{name}'")
    print(f"{len(names)} entries of the reference are in the search")
    return names, {title: [entry[1] for entry in entries if entry[0] == title] for title in titles}


def luminance(color):
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def check_colors(folder):
    """Contrast of text and ground as WCAG 2 has it (success criterion 1.4.3, level AA: 4.5)."""
    schemes = re.findall(r":root \{(.*?)\}", read(os.path.join(folder, "style.css")), re.S)
    for name, scheme in zip(("light", "dark"), schemes):
        colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
        for text in ("text", "soft", "link", "keyword", "string", "number", "comment", "name"):
            for ground in ("back", "raised", "mark"):
                pair = sorted((luminance(colors[text]), luminance(colors[ground])))
                ratio = (pair[1] + 0.05) / (pair[0] + 0.05)
                if ratio < 4.5:
                    fault(f"{name}: {text} on {ground} has contrast {ratio:.2f}")


def press(browser, key, code=0, text=""):
    event = {"key": key, "windowsVirtualKeyCode": code, "text": text}
    browser.call("Input.dispatchKeyEvent", type="keyDown", **{name: value for name, value in event.items() if value})
    browser.call("Input.dispatchKeyEvent", type="keyUp", key=key)


def browse(folder, documents, names, addresses, keep):
    if not shutil.which("chromium"):
        return print("chromium is not installed: pages were not looked at")
    browser = Browser()

    def url(path):
        return "file://" + os.path.join(os.path.abspath(folder), path)

    try:
        for width in (390, 1280, 1920):
            for scheme in ("light", "dark"):
                browser.show(width, scheme, "screen")
                for path in documents:
                    browser.open(url(path))
                    title = f"{path} {width} {scheme}"
                    for complaint in browser.complaints():
                        fault(f"{title}: {complaint}")
                    wide = browser.value("document.documentElement.scrollWidth")
                    if wide > width:
                        fault(f"{title}: the page is {wide} pixels wide")
                    if keep and path[:-5] in PICTURES:
                        browser.picture(os.path.join(keep, f"{path[:-5].replace('/', '-')}-{width}-{scheme}.png"))
                print(f"{len(documents)} pages at {width} pixels, {scheme}", flush=True)
        browser.show(1280, "light", "screen")
        browser.open(url("index.html"))
        for name in names:
            found = browser.value(f"window.search({json.dumps(name)})[0]")
            if found not in addresses[name]:
                fault(f"the search puts {found} first for '{name}'")
        print(f"{len(names)} names were searched for")
        press(browser, "/", 191, "/")
        if browser.value("document.activeElement.id") != "query":
            fault("the key / does not lead to the search")
        browser.call("Input.insertText", text="nj.losses.rll")
        if browser.value("document.querySelector('#found [aria-selected=true] strong')?.textContent") != "nj.losses.rll":
            fault("typing into the search does not choose what was typed")
        if keep:
            browser.picture(os.path.join(keep, "search.png"))
        browser.events.clear()
        press(browser, "Enter", 13, "\r")
        while not any(event.get("method") == "Page.loadEventFired" for event in browser.events):
            browser.events.append(browser.message())
        place = browser.value("location.pathname + location.hash")
        if not place.endswith("reference/losses.html#nj-losses-rll"):
            fault(f"Enter in the search leads to {place}")
        browser.open(url("index.html"))
        press(browser, "Tab", 9)
        if browser.value("document.activeElement.className") != "skip":
            fault("the first stop of the keyboard is not the link to the text")
        for complaint in browser.complaints():
            fault(f"search: {complaint}")
    finally:
        browser.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--keep", help="a folder for pictures")
    given = parser.parse_args()
    if given.keep:
        os.makedirs(given.keep, exist_ok=True)
    documents = check_links(given.folder)
    names, addresses = check_entries(given.folder, documents)
    check_colors(given.folder)
    if not given.no_browser and not faults:
        browse(given.folder, documents, names, addresses, given.keep)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
