// The search of the site: entries.js has what can be found as [title, address, page, text]; nothing is asked of a network.
// Names count more than text: a query that is a name, or the last part of one, stands first.
"use strict";

(() => {
  const most = 20;
  const up = document.documentElement.dataset.up;
  const entries = (window.entries || []).map(([title, address, page, text]) => ({
    title, address, page, text, name: title.toLowerCase(), last: title.toLowerCase().split(/[.:]/).pop(),
    words: text.toLowerCase(),
  }));

  const weight = (entry, term) => {
    if (entry.name === term) return 100;
    if (entry.last === term) return 80;
    if (entry.last.startsWith(term)) return 40;
    if (entry.name.startsWith(term)) return 30;
    if (entry.name.includes(term)) return 20;
    return entry.words.includes(term) ? 1 : 0;
  };

  // All words of the query have to be there; of equals the shorter name stands first.
  const search = (query) => {
    const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!terms.length) return [];
    const whole = terms.join(" ");
    const found = [];
    for (const entry of entries) {
      const weights = terms.map((term) => weight(entry, term));
      if (weights.some((value) => value === 0)) continue;
      found.push({ entry, weight: weights.reduce((a, b) => a + b, 0) + (entry.name === whole ? 100 : 0) });
    }
    found.sort((a, b) => b.weight - a.weight || a.entry.title.length - b.entry.title.length);
    return found.map(({ entry }) => entry);
  };
  window.search = (query) => search(query).map((entry) => entry.address);

  const input = document.getElementById("query");
  const list = document.getElementById("found");
  let chosen = -1;

  const choose = (index) => {
    const items = list.querySelectorAll("li[role=option]");
    chosen = items.length ? (index + items.length) % items.length : -1;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) {
      items[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[chosen].id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  // The words around the first place in the text at which a term stands.
  const excerpt = (entry, terms) => {
    const places = terms.map((term) => entry.words.indexOf(term)).filter((place) => place >= 0);
    const start = Math.max(0, (places.length ? Math.min(...places) : 0) - 40);
    return (start ? "…" : "") + entry.text.slice(start, start + 140) + (entry.text.length > start + 140 ? "…" : "");
  };

  const show = () => {
    const query = input.value.trim();
    if (!query) return close();
    const found = search(query).slice(0, most);
    list.replaceChildren();
    found.forEach((entry, index) => {
      const item = document.createElement("li");
      item.id = `result-${index}`;
      item.setAttribute("role", "option");
      const link = document.createElement("a");
      link.href = up + entry.address;
      link.tabIndex = -1;
      for (const [tag, text] of [["strong", entry.title], ["span", entry.page],
        ["small", excerpt(entry, query.toLowerCase().split(/\s+/))]]) {
        const part = document.createElement(tag);
        part.textContent = text;
        link.append(part);
      }
      item.append(link);
      list.append(item);
    });
    if (!found.length) {
      const item = document.createElement("li");
      item.className = "none";
      item.textContent = `Nothing about "${query}"`;
      list.append(item);
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(found.length ? 0 : -1);
  };

  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") { close(); input.blur(); }
    else if (event.key === "Enter") {
      const link = list.querySelectorAll("li[role=option] a")[chosen];
      if (link) { close(); location.href = link.href; }
    } else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) close();
    else if (event.target.closest("#found a")) close();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
    if ((event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  // On a wide screen the pages stand beside the text.
  const menu = document.querySelector(".menu");
  const wide = matchMedia("(min-width: 900px)");
  const fit = () => { menu.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
  menu.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest" });
})();
