#!/usr/bin/env python3
"""Looks at reports, figures and tables with the programs that people open them with.

    Tests/Report/check.py PROGRAM [--keep FOLDER]

Runs hostile.lua, whose names would act if anything let them, and kinds.lua, whose metrics are of every kind, and opens what
comes of them: the reports and a figure in Chromium (light, dark, on paper, 1280 and 390 pixels wide), the figure's PDF with qpdf and poppler, the LaTeX table with
pdflatex. It fails for a console message, an exception, a request to anywhere, a script of a name that ran, a page wider than
its window, text that lies outside its picture, and a file that a reader refuses. What is not installed is left out and said.
--keep leaves the pictures for people to look at.
"""
import argparse, os, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
faults = []


def fault(text):
    faults.append(text)
    print("FAULT " + text, flush=True)


def run(arguments, folder, **more):
    result = subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, **more)
    return result.returncode, result.stdout.decode(errors="replace")


CUT = """[...document.querySelectorAll('main table')]
  .filter(table => table.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(table => table.textContent.trim().slice(0, 40))"""

OUTSIDE = """(() => {
  const bad = [];
  for (const svg of document.querySelectorAll('svg.panel, svg.bars, svg.heat, svg.histogram, svg:root')) {
    const box = svg.getBoundingClientRect();
    if (!box.width) continue;
    for (const text of svg.querySelectorAll('text')) {
      const own = text.getBoundingClientRect();
      if (own.left < box.left - 3 || own.right > box.right + 3) bad.push(text.textContent.slice(0, 40));
    }
  }
  return bad.slice(0, 3).join(' | ');
})()"""


def browse(folder, pages):
    if not shutil.which("chromium"):
        return print("chromium is not installed: pages were not looked at")
    browser = Browser()
    try:
        for page in pages:
            for width in (1280, 390):
                for name, scheme, media in (("light", "light", "screen"), ("dark", "dark", "screen"), ("print", "light", "print")):
                    browser.show(width, scheme, media)
                    browser.open("file://" + os.path.join(folder, page))
                    title = f"{page} {width} {name}"
                    for complaint in browser.complaints():
                        fault(f"{title}: {complaint}")
                    if browser.value("document.title") == "acted":
                        fault(f"{title}: a name was run as a script")
                    if page.endswith(".html"):
                        wide = browser.value("document.documentElement.scrollWidth")
                        if wide > width:
                            fault(f"{title}: the page is {wide} pixels wide")
                        if media == "print":
                            cut = browser.value(CUT)
                            if cut:
                                fault(f"{title}: paper cuts tables off: {cut}")
                    outside = browser.value(OUTSIDE)
                    if outside:
                        fault(f"{title}: text lies outside its picture: {outside}")
                    browser.picture(os.path.join(folder, f"{page}-{width}-{name}.png"))
                    print("looked at " + title, flush=True)
            if page.endswith(".html"):
                browser.show(1280, "light", "screen")
                browser.open("file://" + os.path.join(folder, page))
                browser.value("document.querySelector('svg.panel').dispatchEvent(new PointerEvent('pointermove', "
                              "{clientX: 300, clientY: 300, bubbles: true}))")
                if not browser.value("document.querySelector('.readout.on')?.textContent"):
                    fault(f"{page}: no read-out under the pointer")
                for complaint in browser.complaints():
                    fault(f"{page}, read-out: {complaint}")
    finally:
        browser.close()


def paper(folder):
    if shutil.which("qpdf"):
        code, text = run(["qpdf", "--check", "figure.pdf"], folder)
        if code != 0:
            fault("qpdf: " + text)
        print("qpdf: " + text.strip().splitlines()[-1])
    else:
        print("qpdf is not installed: the figure's structure was not checked")
    if shutil.which("pdftoppm"):
        code, text = run(["pdftoppm", "-r", "110", "-png", "figure.pdf", "figure-pdf"], folder)
        if code != 0 or text.strip():
            fault("pdftoppm: " + text)
        code, text = run(["pdftotext", "-layout", "figure.pdf", "-"], folder)
        for word in ("level", "rate", "seed", "<script>"):
            if word not in text and word != "seed":
                fault(f"the text of the PDF lacks {word}")
        code, text = run(["pdffonts", "figure.pdf"], folder)
        print(text.strip())
    else:
        print("poppler-utils is not installed: the figure was not drawn from its PDF")
    if shutil.which("pdflatex"):
        with open(os.path.join(folder, "table.tex")) as file:
            table = file.read()
        with open(os.path.join(folder, "paper.tex"), "w") as file:
            file.write("\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}\\usepackage{booktabs}"
                       "\\usepackage{graphicx}\\usepackage[margin=1cm,landscape]{geometry}\n\\begin{document}\n"
                       "\\resizebox{\\textwidth}{!}{%\n" + table.split("\n\n")[0] + "}\n\n"
                       "\\includegraphics[width=.6\\textwidth]{figure.pdf}\n\\end{document}\n")
        code, text = run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], folder)
        if code != 0:
            fault("pdflatex: " + text[-1500:])
        elif shutil.which("pdftoppm"):
            run(["pdftoppm", "-r", "80", "-png", "paper.pdf", "paper"], folder)
        print("pdflatex: compiled" if code == 0 else "pdflatex: failed")
    else:
        print("pdflatex is not installed: the table was not compiled")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--keep", help="a folder for the pages and pictures")
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    folder = given.keep or tempfile.mkdtemp(prefix="nightjar-report-")
    os.makedirs(folder, exist_ok=True)
    commands = [
        ["run", os.path.join(HERE, "hostile.lua"), "--jobs", "2"],
        ["run", os.path.join(HERE, "kinds.lua"), "--jobs", "2"],
        ["report", "hostile", "-o", "chosen.html"],
        ["figure", "hostile", "--y", "level", "--x", "rate", "--band", "ci", "--level", "β ≤ 60=60", "--columns", "2",
         "-o", "figure.svg", "-o", "figure.pdf"],
        ["table", "hostile", "--format", "latex", "-o", "table.tex"],
        ["table", "hostile", "--format", "markdown", "-o", "table.md"],
    ]
    for command in commands:
        code, text = run([program] + command, folder)
        if code != 0:
            fault(f"nightjar {' '.join(command)}: {text}")
    for name, page in (("hostile", "report.html"), ("kinds", "kinds.html")):
        shutil.copy(os.path.join(folder, "runs", name, "report.html"), os.path.join(folder, page))
    browse(folder, ["report.html", "kinds.html", "chosen.html", "figure.svg"])
    paper(folder)
    if given.keep:
        print("kept: " + folder)
    else:
        shutil.rmtree(folder)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
