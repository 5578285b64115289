// What keeps an open page up to date. Without it the page is what it was when it was asked for.

import NightjarRuns

enum LiveScript {
    static let javascript = "\"use strict\";\n" + ReportScript.readouts + "\n" + own

    private static let own = """
        (() => {
          const drawn = (root) => {
            for (const data of root.querySelectorAll("script.readouts")) {
              showReadouts(data.parentNode, JSON.parse(data.textContent));
            }
          };
          drawn(document);
          const logEnd = (root) => {
            for (const log of root.querySelectorAll("pre.log")) log.scrollTop = log.scrollHeight;
          };
          logEnd(document);

          const link = document.getElementById("link");
          const tell = (state, text) => {
            if (link.textContent === text) return;
            link.textContent = text;
            link.className = state;
          };

          // Screen readers hear how many runs are done, and not each epoch.
          const said = document.getElementById("said");
          let saidAt = 0;
          const say = (root) => {
            const told = root.querySelector("[data-say]");
            const text = told && told.textContent.split(";")[0];
            if (!text || text === said.textContent || Date.now() - saidAt < 10000) return;
            said.textContent = text;
            saidAt = Date.now();
          };

          const key = (element) => [element.tagName, element.getAttribute("href"), element.getAttribute("name"),
            element.getAttribute("value"), element.dataset.panel, element.dataset.keep].join("\\n");

          // Puts a part in the place of what was there; what the reader has opened, ticked, scrolled or reached stays so.
          const swap = (name, html) => {
            const part = document.getElementById(name);
            if (!part) {
              // The page has got another shape.
              location.reload();
              return;
            }
            const open = new Map([...part.querySelectorAll("details")].map((one, at) => [one.dataset.keep ?? at, one.open]));
            const ticked = new Set([...part.querySelectorAll("input:checked")].map((one) => one.value));
            const scrolled = [...part.querySelectorAll(".scroll, pre")].map((one) => ({
              left: one.scrollLeft, top: one.scrollTop,
              atEnd: one.className === "log" && one.scrollTop + one.clientHeight >= one.scrollHeight - 8,
            }));
            const active = document.activeElement;
            const focus = active && part.contains(active) ? key(active) : null;
            const shown = part.querySelector(".readout.on")?.parentNode.querySelector("svg.panel");
            const readout = shown && { panel: shown.dataset.panel, at: shown.dataset.at };

            part.innerHTML = html;
            drawn(part);
            [...part.querySelectorAll("details")].forEach((one, at) => {
              const was = open.get(one.dataset.keep ?? at);
              if (was !== undefined) one.open = was;
            });
            for (const one of part.querySelectorAll("input[type=checkbox]")) one.checked = ticked.has(one.value);
            [...part.querySelectorAll(".scroll, pre")].forEach((one, at) => {
              const was = scrolled[at];
              if (!was || was.atEnd) {
                if (one.className === "log") one.scrollTop = one.scrollHeight;
              } else {
                one.scrollTo(was.left, was.top);
              }
            });
            if (focus) {
              for (const one of part.querySelectorAll("a, button, input, select, summary, [tabindex]")) {
                if (key(one) !== focus) continue;
                one.focus({ preventScroll: true });
                break;
              }
            }
            if (readout) {
              const again = [...part.querySelectorAll("svg.panel")].find((one) => one.dataset.panel === readout.panel);
              if (again) {
                again.dataset.at = readout.at;
                again.dispatchEvent(new Event("again"));
              }
            }
            say(part);
          };

          let address = document.body.dataset.events;
          if (!address) return;
          let source = null, retry = 0, watch = 0;
          const heard = () => {
            clearTimeout(watch);
            watch = setTimeout(connect, 12000);
            tell("live", "live");
          };
          const leave = () => {
            clearTimeout(watch);
            clearTimeout(retry);
            if (source) source.close();
            source = null;
          };
          const connect = () => {
            leave();
            source = new EventSource(address);
            address = address.replace(/&seen=[^&]*/, "");
            source.addEventListener("beat", heard);
            source.addEventListener("part", (event) => {
              heard();
              const news = JSON.parse(event.data);
              swap(news.part, news.html);
            });
            source.addEventListener("end", () => {
              leave();
              tell("lost", "the server has ended; looking for it");
              retry = setTimeout(connect, 1000);
            });
            source.onerror = () => {
              clearTimeout(watch);
              if (link.className !== "lost") tell("lost", "no connection; trying again");
              if (!source || source.readyState !== EventSource.CLOSED) return;
              retry = setTimeout(connect, 1500);
              fetch("page.css", { cache: "no-store" }).then((answer) => {
                if (answer.status === 403) tell("lost", "the server has another address now: open the one that it has printed");
              }, () => {});
            };
          };
          // A page that nobody looks at asks for nothing; browsers keep few connections to one place.
          document.addEventListener("visibilitychange", () => {
            if (!document.hidden) {
              connect();
            } else {
              leave();
              tell("paused", "paused");
            }
          });
          addEventListener("pagehide", leave);
          addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
          if (!document.hidden) connect();
        })();
        """
}
