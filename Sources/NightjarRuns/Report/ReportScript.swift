// The read-out under the pointer. The page is complete without it.

package enum ReportScript {
    static let javascript = """
        \(readouts)
        showReadouts(document, JSON.parse(document.getElementById("curves").textContent));
        """

    /// A function of an element with panels, and of what their read-outs say.
    package static let readouts = """
        const showReadouts = (root, data) => {
          const panels = [...root.querySelectorAll("svg.panel")];
          const cell = (row, name, text, style) => {
            const made = row.appendChild(document.createElement(name));
            made.textContent = text;
            if (style) made.className = style;
          };
          const hide = () => {
            root.querySelectorAll(".readout.on, .cursor.on").forEach((e) => e.classList.remove("on"));
          };
          const show = (svg, index) => {
            const own = data[svg.dataset.panel];
            if (!own || !own.places.length) return;
            hide();
            const place = own.places[index];
            svg.dataset.at = index;
            for (const other of panels) {
              const there = data[other.dataset.panel];
              const at = there.places.indexOf(place);
              if (at < 0) continue;
              const line = other.querySelector(".cursor");
              line.setAttribute("x1", there.x[at]);
              line.setAttribute("x2", there.x[at]);
              line.classList.add("on");
            }
            const box = svg.parentNode.querySelector(".readout");
            box.textContent = "";
            const table = box.appendChild(document.createElement("table"));
            const head = table.createTHead().insertRow();
            for (const text of [place, ...own.heads]) cell(head, "th", text);
            for (const one of own.series) {
              const row = table.insertRow();
              cell(row, "td", one.label, "ink" + one.colour);
              for (const values of one.values) cell(row, "td", values[index] ?? "–");
            }
            box.classList.add("on");
            const bounds = svg.getBoundingClientRect();
            const top = bounds.top - svg.parentNode.getBoundingClientRect().top;
            const x = (own.x[index] * bounds.width) / svg.viewBox.baseVal.width;
            const right = x + 14 + box.offsetWidth < bounds.width;
            box.style.left = Math.max(0, right ? x + 14 : x - 14 - box.offsetWidth) + "px";
            box.style.top = top + (bounds.height - box.offsetHeight) * 0.6 + "px";
          };
          for (const svg of panels) {
            svg.querySelectorAll("path > title").forEach((title) => title.remove());
            const own = data[svg.dataset.panel];
            svg.addEventListener("pointermove", (event) => {
              const bounds = svg.getBoundingClientRect();
              const x = ((event.clientX - bounds.left) / bounds.width) * svg.viewBox.baseVal.width;
              let best = 0;
              own.x.forEach((at, i) => { if (Math.abs(at - x) < Math.abs(own.x[best] - x)) best = i; });
              show(svg, best);
            });
            // A page that draws a panel anew says so, for one whose read-out was shown.
            svg.addEventListener("again", () => show(svg, Math.min(own.places.length - 1, Number(svg.dataset.at))));
            svg.addEventListener("pointerleave", hide);
            svg.addEventListener("blur", hide);
            svg.addEventListener("keydown", (event) => {
              const last = own.places.length - 1;
              const at = Number(svg.dataset.at ?? last);
              const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
              if (event.key === "Escape") hide();
              if (next === undefined) return;
              event.preventDefault();
              show(svg, Math.min(last, Math.max(0, next)));
            });
          }
        };
        """
}
