#!/usr/bin/env python3
"""Looks at the live page in Chromium.

    Tests/Serve/check.py PROGRAM [--keep FOLDER] [--runs NUMBER]

Serves runs that hostile.lua and grow.lua make, and 5,000 runs that are written here, and opens every page: light and dark, 390,
1280 and 1920 pixels wide. It fails for a console message, an exception, a request to anywhere else, a name that ran as a
script, a page wider than its window, an element without a name for screen readers, a curve that does not grow within a second
of its epoch, a page that does not come back after the server was stopped, a list of 5,000 runs that takes 300 ms or more, and
a Ctrl-C that the server does not obey. Skips where Chromium is not installed. --keep leaves pictures for people to look at.
"""
import argparse, json, os, shutil, signal, subprocess, sys, tempfile, time, urllib.error, urllib.parse, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "Report"))
from browser import Browser  # noqa: E402

faults = []


def fault(text):
    faults.append(text)
    print("FAULT " + text, flush=True)


class Server:
    """nightjar serve; its address stays the same when it is started again."""

    def __init__(self, program, folder, port="0"):
        self.program, self.folder = program, folder
        self.start(port)

    def start(self, port):
        self.process = subprocess.Popen([self.program, "serve", "runs", "--port", port, "--token-file", "token"], cwd=self.folder,
                                        stdout=subprocess.PIPE, text=True)
        self.page = self.process.stdout.readline().strip()
        self.port = str(urllib.parse.urlsplit(self.page).port)

    def stop(self):
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return fault("Ctrl-C did not end the server")
        if status != 0:
            fault(f"Ctrl-C ended the server with status {status}")
        print(f"ended within {time.monotonic() - start:.2f} s of Ctrl-C", flush=True)


def run(program, script, folder, *more):
    subprocess.run([program, "run", script, "--quiet", *more], cwd=folder, check=True, timeout=300,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write_runs(folder, count):
    """As many small runs, by copying one."""
    first = next(os.path.join(base) for base, _, names in os.walk(os.path.join(folder, "runs", "grow")) if "config.json" in names)
    many = os.path.join(folder, "many", "runs", "grow")
    os.makedirs(many)
    for number in range(count):
        place = os.path.join(many, f"run{number:05d}")
        os.mkdir(place)
        for name in ("config.json", "summary.json", "metrics.csv"):
            shutil.copyfile(os.path.join(first, name), os.path.join(place, name))
    return os.path.join(folder, "many")


NAMELESS = """[...document.querySelectorAll('a, button, input, select, svg[role=img], [tabindex]')].filter((one) => {
  if (one.type === 'hidden') return false;
  const by = one.getAttribute('aria-labelledby');
  const name = one.getAttribute('aria-label') || one.textContent.trim() || one.closest('label')?.textContent.trim()
    || by && by.split(' ').map((id) => document.getElementById(id)?.textContent).join('');
  return !name;
}).map((one) => one.outerHTML.slice(0, 80)).join(' | ')"""


def wait(browser, expression, seconds):
    """Seconds until it holds; nil where it does not in time."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if browser.value(expression):
            return time.monotonic() - start
        time.sleep(0.02)
    return None


def complaints(browser, page, expected=()):
    here = urllib.parse.urlsplit(page).netloc
    return [text for text in browser.complaints()
            if not text.startswith(f"request: http://{here}/") and not any(part in text for part in expected)]


def look(browser, server, pages, keep):
    for name, path in pages.items():
        for width in (390, 1280, 1920):
            for scheme in ("light", "dark"):
                browser.show(width, scheme, "screen")
                browser.open(server.page + path)
                title = f"{name} {width} {scheme}"
                # One on which nothing can change is not followed.
                if wait(browser, "!document.body.dataset.events || document.getElementById('link').textContent === 'live'", 10) is None:
                    fault(f"{title}: the page is not in touch with the server")
                for complaint in complaints(browser, server.page):
                    fault(f"{title}: {complaint}")
                if browser.value("document.title") == "acted":
                    fault(f"{title}: a name was run as a script")
                wide = browser.value("document.documentElement.scrollWidth")
                if wide > width:
                    fault(f"{title}: the page is {wide} pixels wide")
                nameless = browser.value(NAMELESS)
                if nameless:
                    fault(f"{title}: without a name: {nameless}")
                if keep:
                    browser.picture(os.path.join(keep, f"{name}-{width}-{scheme}.png"))
        print("looked at " + name, flush=True)


def keyboard(browser, server, path):
    """The panel of a figure is reached and read with keys alone, and keeps its read-out when it is drawn anew."""
    browser.show(1280, "light", "screen")
    browser.open(server.page + path)
    browser.value("document.querySelector('svg.panel').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="End", code="End", windowsVirtualKeyCode=35)
    if not browser.value("document.querySelector('.readout.on')?.textContent"):
        fault("no read-out by the keyboard")


def grow(browser, server, program, folder):
    """A curve has its new point within a second of the row in metrics.csv."""
    browser.show(1280, "light", "screen")
    browser.open(server.page)
    process = subprocess.Popen([program, "run", os.path.join(HERE, "grow.lua"), "--set", "pace=0.7", "--again", "--quiet"],
                               cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if wait(browser, "!!document.querySelector('.workers progress')", 30) is None:
            return fault("the first page shows no worker of a sweep that goes")
        if wait(browser, "/waiting/.test(document.body.textContent)", 30) is None:
            fault("the first page does not say how many cells wait")
        browser.open(server.page + "experiment?name=grow")
        late = []
        path = os.path.join(folder, "runs", "grow")

        def rows():
            files = [os.path.join(path, name, "metrics.csv") for name in os.listdir(path)]
            return sum(sum(1 for _ in open(file)) for file in files if os.path.exists(file))

        known, drawn = rows(), browser.value("document.getElementById('figures').innerHTML")
        while process.poll() is None and len(late) < 6:
            if rows() == known:
                time.sleep(0.02)
                continue
            known, start = rows(), time.monotonic()
            while time.monotonic() - start < 5:
                now = browser.value("document.getElementById('figures').innerHTML")
                if now != drawn:
                    break
                time.sleep(0.02)
            late.append(time.monotonic() - start)
            drawn = now
        print("curves were there after " + ", ".join(f"{one:.2f}" for one in late) + " s", flush=True)
        if not late or max(late) >= 1:
            fault("a curve was not there within a second of its epoch")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    for complaint in complaints(browser, server.page):
        fault(f"while runs went: {complaint}")


def reconnect(browser, server):
    browser.open(server.page + "experiment?name=grow")
    wait(browser, "document.getElementById('link').textContent === 'live'", 10)
    server.stop()
    if wait(browser, "document.getElementById('link').className === 'lost'", 10) is None:
        fault("the page does not say that the server has ended")
    server.start(server.port)
    took = wait(browser, "document.getElementById('link').textContent === 'live'", 20)
    if took is None:
        fault("the page does not come back when the server has been started again")
    else:
        print(f"back {took:.1f} s after the server", flush=True)


def many(program, folder, count, browser):
    server = Server(program, write_runs(folder, count))
    try:
        urllib.request.urlopen(server.page + "runs").read()
        times = []
        for _ in range(5):
            start = time.monotonic()
            text = urllib.request.urlopen(server.page + "runs").read().decode()
            times.append(time.monotonic() - start)
        if text.count("<tr><td><input") != count:
            fault(f"the list has {text.count('<tr><td><input')} of {count} runs")
        middle = sorted(times)[2]
        print(f"{count} runs listed in {middle * 1000:.0f} ms, {len(text) >> 10} KiB", flush=True)
        if middle >= 0.3:
            fault(f"{count} runs take {middle * 1000:.0f} ms")
        if browser:
            browser.show(1280, "light", "screen")
            browser.open(server.page + "runs")
            shown = browser.value("(() => { const t = performance.getEntriesByType('navigation')[0]; "
                                  "return t.domContentLoadedEventEnd - t.startTime; })()")
            print(f"in the browser after {shown:.0f} ms", flush=True)
    finally:
        server.stop()


def refuse(program, folder, server):
    """Without the token, by another name, and where the port is taken."""
    root = f"http://127.0.0.1:{server.port}/"
    for path in ("", "0" * 32 + "/", "page.css"):
        try:
            urllib.request.urlopen(root + path)
            fault(f"/{path} is answered without the token")
        except urllib.error.HTTPError as error:
            if error.code != 403:
                fault(f"/{path}: {error.code} instead of 403")
    try:
        urllib.request.urlopen(urllib.request.Request(server.page, headers={"Host": "evil.example"}))
        fault("another name of the host is answered")
    except urllib.error.HTTPError as error:
        if error.code != 421:
            fault(f"another name of the host: {error.code} instead of 421")
    for arguments, part in ((["serve", "runs", "--port", server.port], "is taken"), (["serve", "nothing"], "there is no folder of runs")):
        result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
        if result.returncode != 1 or part not in result.stderr:
            fault(f"{' '.join(arguments)}: {result.returncode}, {result.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--keep")
    parser.add_argument("--runs", type=int, default=5000)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
    browser = Browser() if shutil.which("chromium") else None
    if not browser:
        print("chromium is not installed: pages were not looked at")
    with tempfile.TemporaryDirectory(prefix="nightjar-serve-") as folder:
        run(program, os.path.join(HERE, os.pardir, "Report", "hostile.lua"), folder)
        run(program, os.path.join(HERE, "grow.lua"), folder)
        server = Server(program, folder)
        try:
            refuse(program, folder, server)
            if browser:
                runs = {name: sorted(run for run in os.listdir(os.path.join(folder, "runs", name))
                                     if os.path.exists(os.path.join(folder, "runs", name, run, "config.json")))
                        for name in ("grow", "hostile")}
                quote = urllib.parse.quote
                ids = [quote(f"grow/{one}", safe="") for one in (runs["grow"][0], runs["grow"][-1])]
                look(browser, server, {
                    "first": "", "list": "runs", "experiment": "experiment?name=grow", "run": f"run?id={ids[0]}",
                    "compare": f"compare?id={ids[0]}&id={ids[1]}", "hostile": "experiment?name=hostile",
                    "hostile-run": "run?id=" + quote("hostile/" + runs["hostile"][0], safe=""),
                    "figure": "experiment?name=grow&y=level&x=rate&band=ci",
                    "fault": "runs?where=" + quote("<script>document.title='acted'</script>"),
                }, arguments.keep)
                keyboard(browser, server, "experiment?name=grow")
                grow(browser, server, program, folder)
                reconnect(browser, server)
        finally:
            server.stop()
        many(program, folder, arguments.runs, browser)
    if browser:
        browser.close()
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
