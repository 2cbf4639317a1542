"use strict";
// Everything below reads what is in the page, and sets text as text: nothing of a policy is ever taken for markup.
document.documentElement.classList.add("scripted"); // before there is anything to lay out
document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const all = (selector, below) => Array.from((below || document).querySelectorAll(selector));
  const data = JSON.parse(byId("data").textContent);

  const made = (name, text, attributes) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    return node;
  };

  // ---- light and dark
  const themes = ["system", "light", "dark"];
  byId("theme").addEventListener("click", (event) => {
    const next = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % 3];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    event.currentTarget.textContent = "Theme: " + next;
  });

  // ---- long lists: only some of what is wanted is laid out
  class Pages {
    constructor(nodes, button, size) {
      this.nodes = nodes;
      this.button = button;
      this.size = size;
      this.shown = [];
      if (button) button.addEventListener("click", () => this.more());
      this.show(nodes);
    }
    show(wanted) {
      this.shown.forEach((node) => node.classList.remove("on"));
      this.shown = [];
      this.wanted = wanted;
      this.next = 0;
      this.more();
    }
    more() {
      for (const node of this.wanted.slice(this.next, this.next + this.size)) this.one(node);
      this.next = Math.min(this.next + this.size, this.wanted.length);
      const left = this.wanted.length - this.next;
      if (this.button) {
        this.button.hidden = left === 0;
        this.button.textContent = "Show " + Math.min(left, this.size) + " more of " + left;
      }
    }
    one(node) {
      node.classList.add("on");
      this.shown.push(node);
    }
  }
  const lists = {};
  for (const [name, selector, size] of [["rows", "#rows > li", 100], ["cards", "#cards > details", 25], ["sources", "#sources > details", 50], ["fleet", "#fleet > tbody > tr", 100]]) {
    if (byId(name)) lists[name] = new Pages(all(selector), byId(name + "-more"), size);
  }

  const option = (select, value, text) => select.add(new Option(text, value));
  const count = (number, one) => number.toLocaleString("en") + " " + one + (number === 1 ? "" : "s");
  const later = (run) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(run, 80);
    };
  };

  // ---- findings; where one stands, and of which unit it is, its links say
  const target = (link) => (link ? link.getAttribute("href").slice(2) : "-1");
  const findings = all("#rows > li").map((node) => {
    const place = node.querySelector('a[href^="#s"]');
    return {
      node,
      severity: node.classList[1],
      code: node.querySelector("b").textContent,
      file: target(place),
      line: place ? +place.dataset.l : 0,
      unit: target(node.querySelector('a[href^="#u"]')),
      text: "",
    };
  });
  let only = () => {};
  if (byId("tools")) {
    const form = byId("tools");
    const paths = all("#sources > details > summary > code").map((node) => node.textContent);
    const titles = all("#cards > details > summary > .t").map((node) => node.textContent);
    const tally = (key) => findings.reduce((found, row) => found.set(row[key], (found.get(row[key]) || 0) + 1), new Map());
    const fill = (select, counts, words) =>
      counts.filter(([value]) => value !== "-1").forEach(([value, number]) => option(select, value, words(value) + " (" + number + ")"));
    fill(byId("by-code"), [...tally("code")].sort(), (code) => code + " " + data.codes[code]);
    fill(byId("by-file"), [...tally("file")].sort((a, b) => a[0] - b[0]), (file) => paths[file]);
    fill(byId("by-unit"), [...tally("unit")].sort((a, b) => a[0] - b[0]), (unit) => titles[unit]);
    const filter = () => {
      const severities = new Set(all("input[name=sev]:checked", form).map((box) => box.value));
      const code = byId("by-code").value, file = byId("by-file").value, unit = byId("by-unit").value;
      const words = byId("by-text").value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = findings.filter((row) => {
        if (!severities.has(row.severity) || (code && row.code !== code) || (file && row.file !== file) || (unit && row.unit !== unit)) return false;
        if (!words.length) return true;
        row.text = row.text || row.node.textContent.toLowerCase();
        return words.every((word) => row.text.includes(word));
      });
      lists.rows.show(wanted.map((row) => row.node));
      byId("count").textContent = wanted.length ? count(wanted.length, "finding") + " of " + findings.length.toLocaleString("en") : "No finding matches.";
    };
    form.addEventListener("input", later(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));
    only = (unit) => {
      form.reset();
      byId("by-unit").value = unit;
      filter();
      byId("findings").scrollIntoView();
      byId("by-unit").focus();
    };
    filter();
  }

  // ---- units: the table
  if (byId("fleet")) {
    const body = byId("fleet").tBodies[0];
    const rows = Array.from(body.rows).map((node, index) => ({ node, card: byId("u" + index), outcome: node.cells[1].textContent, text: node.textContent.toLowerCase() }));
    let order = rows;
    const outcomes = new Set(rows.map((row) => row.outcome));
    outcomes.forEach((words) => option(byId("unit-status"), words, words));
    const filter = () => {
      const words = byId("unit-text").value.toLowerCase().split(/\s+/).filter(Boolean);
      const outcome = byId("unit-status").value;
      const wanted = order.filter((row) => (!outcome || row.outcome === outcome) && words.every((word) => row.text.includes(word)));
      lists.fleet.show(wanted.map((row) => row.node));
      lists.cards.show(wanted.map((row) => row.card));
      byId("unit-count").textContent = count(wanted.length, "unit") + " of " + rows.length.toLocaleString("en");
    };
    byId("unit-tools").addEventListener("input", later(filter));
    byId("unit-tools").addEventListener("submit", (event) => event.preventDefault());
    const key = (row, column) => {
      const cell = row.node.cells[column];
      const text = cell.dataset.v || cell.textContent;
      return /^[\d.]+%?$/.test(text) ? parseFloat(text) : text.toLowerCase();
    };
    const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
    all("#fleet > thead th").forEach((head, column) => {
      const button = made("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : head.classList.contains("n");
        all("#fleet > thead th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = order.map((row) => [key(row, column), row]);
        keyed.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
        order = keyed.map((pair) => pair[1]);
        body.append(...order.map((row) => row.node));
        filter();
      });
    });
    filter();
  }

  // ---- source and manifest, made when they are wanted
  let manifest;
  const readManifest = () => {
    if (manifest) return manifest;
    const lines = all("#manifest .tx")[0].textContent.split("\n");
    const owner = new Int32Array(lines.length + 1).fill(-1);
    data.links.forEach(([first, last], index) => owner.fill(index, first, last + 1));
    const from = new Map();
    for (let line = 1; line <= lines.length; line++) {
      const link = owner[line] < 0 ? [] : data.links[owner[line]];
      for (let at = 2; at < link.length; at += 2) {
        const place = link[at] + ":" + link[at + 1];
        if (!from.has(place)) from.set(place, []);
        from.get(place).push(line);
      }
    }
    return (manifest = { lines, owner, from, objects: data.objects });
  };
  const objectsOf = (file) => {
    const { from, objects } = readManifest();
    const wanted = new Set();
    for (const [place, lines] of from) {
      if (!place.startsWith(file + ":")) continue;
      for (const line of lines) {
        const index = objects.findIndex(([first, last]) => first <= line && line <= last);
        if (index >= 0) wanted.add(index);
      }
    }
    return [...wanted].sort((a, b) => a - b);
  };
  const row = (number, text, linked, label) => {
    const line = made("div", undefined, { class: linked ? "ln has" : "ln" });
    const gutter = linked ? made("button", number, { type: "button", class: "g", "aria-label": label }) : made("span", number, { class: "g" });
    line.append(gutter, made("span", text, { class: "x" }));
    return line;
  };
  const pane = (title) => {
    const box = made("div");
    const code = made("div", undefined, { class: "code", tabindex: "0", role: "group", "aria-label": title });
    box.append(made("p", title, { class: "pt" }), code);
    return [box, code];
  };
  const reveal = (code, lines) => {
    if (!lines.length) return;
    const top = lines[0].offsetTop - code.clientHeight / 3;
    code.scrollTop = Math.max(0, top);
  };
  const pair = (holder, file, wanted, at) => {
    const { lines, owner, from, objects } = readManifest();
    const path = byId("s" + file).querySelector("summary > code").textContent;
    const text = byId("s" + file).querySelector(".tx");
    const source = text ? text.textContent.split("\n") : [];
    const marks = new Map();
    findings.filter((finding) => +finding.file === file).forEach((finding) => {
      if (!marks.has(finding.line)) marks.set(finding.line, []);
      marks.get(finding.line).push(finding);
    });
    const [leftBox, left] = pane(path), [rightBox, right] = pane("Manifest");
    const two = made("div", undefined, { class: "two" });
    const status = made("p", undefined, { class: "muted", "aria-live": "polite" });
    const leftRows = new Map(), rightRows = new Map();
    source.forEach((words, index) => {
      const number = index + 1, to = from.get(file + ":" + number);
      const line = row(number, words, to, to && "source line " + number + ", became manifest line " + to[0]);
      for (const { node, code, severity } of (marks.get(number) || []).slice(0, 4)) {
        const link = made("a", node.querySelector("strong").textContent[0] + " " + code, { href: "#" + node.id, class: severity });
        line.lastChild.append(link);
      }
      leftRows.set(number, line);
      left.append(line);
    });
    wanted.forEach((index, position) => {
      const [first, last] = objects[index];
      if (position && objects[wanted[position - 1]][1] + 1 !== first) right.append(made("div", "…", { class: "gap" }));
      for (let number = first; number <= last; number++) {
        const link = owner[number] < 0 ? [] : data.links[owner[number]];
        const places = [];
        for (let at = 2; at < link.length; at += 2) if (link[at] === file) places.push(link[at + 1]);
        const line = row(number, lines[number - 1], places.length, "manifest line " + number + ", from source line " + places[0]);
        line.places = places;
        rightRows.set(number, line);
        right.append(line);
      }
    });
    if (!wanted.length) right.append(made("p", "Nothing of this file became part of the manifest.", { class: "gap" }));
    let lit = [];
    const light = (some) => {
      lit.forEach((line) => line.classList.remove("to"));
      lit = some;
      lit.forEach((line) => line.classList.add("to"));
    };
    const fromSource = (number, move) => {
      const to = (from.get(file + ":" + number) || []).map((line) => rightRows.get(line)).filter(Boolean);
      light([leftRows.get(number), ...to].filter(Boolean));
      reveal(right, to);
      if (move && leftRows.has(number)) reveal(left, [leftRows.get(number)]);
      status.textContent = "Source line " + number + (to.length ? " became " + count(to.length, "line") + " of the manifest." : " became no part of the manifest shown here.");
    };
    const fromManifest = (number) => {
      const line = rightRows.get(number);
      const to = line.places.map((place) => leftRows.get(place)).filter(Boolean);
      light([line, ...to]);
      reveal(left, to);
      status.textContent = "Manifest line " + number + " comes from source line " + line.places.join(", ") + ".";
    };
    const pick = (rows, act) => (event) => {
      const line = event.target.closest(".ln.has");
      if (!line || event.target.closest("a")) return;
      for (const [number, node] of rows) if (node === line) act(number);
    };
    left.addEventListener("click", pick(leftRows, (number) => fromSource(number)));
    right.addEventListener("click", pick(rightRows, fromManifest));
    two.append(leftBox, rightBox);
    holder.append(status, two);
    holder.light = (number) => fromSource(number, true);
    if (at) holder.light(at);
  };
  document.addEventListener("toggle", (event) => {
    const node = event.target;
    if (!node.open || node.paired) return;
    if (node.matches("details.pair")) {
      node.paired = true;
      pair(node, +node.dataset.f, node.dataset.o ? node.dataset.o.split(" ").map(Number) : [], +node.dataset.l);
    } else if (node.matches("details.file") && node.querySelector(".tx")) {
      node.paired = true;
      node.querySelector(".code").hidden = true;
      pair(node, +node.id.slice(1), objectsOf(+node.id.slice(1)), node.wants);
    }
  }, true);

  // ---- where links lead
  const go = (id, line) => {
    const node = byId(id);
    if (!node) return;
    for (const [list, kind] of [["rows", "f"], ["cards", "u"], ["sources", "s"]]) if (id[0] === kind && lists[list] && /^\w\d+$/.test(id)) lists[list].one(node);
    all(".f.to").forEach((other) => other.classList.remove("to"));
    if (node.matches("details")) {
      node.wants = line;
      if (node.open && node.light && line) node.light(line);
      node.open = true;
    }
    if (node.matches(".f")) node.classList.add("to");
    node.scrollIntoView();
    const focus = node.matches("details") ? node.querySelector("summary") : node;
    if (!focus.matches("summary")) focus.tabIndex = -1;
    focus.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-only]");
    if (button) only(button.dataset.only);
    const link = event.target.closest("a[href]");
    const href = link && link.getAttribute("href");
    if (!href || !/^#[fus]\d+$/.test(href)) return;
    event.preventDefault();
    history.pushState(null, "", href);
    go(href.slice(1), link.dataset.l && +link.dataset.l);
  });
  addEventListener("popstate", () => go(location.hash.slice(1)));
  if (/^#[fus]\d+$/.test(location.hash)) go(location.hash.slice(1));

  // ---- printing: what is closed is opened, and closed again
  let opened = [];
  addEventListener("beforeprint", () => {
    const units = all("#cards > details:not([open])");
    opened = units.length > 100 ? [] : units;
    opened.forEach((node) => (node.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((node) => (node.open = false)));
});
