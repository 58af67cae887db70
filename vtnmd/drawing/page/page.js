"use strict";
// What a picture does: two views, zoom, what is under the pointer, folding and unfolding, search, and all of it by keyboard.
// Text of the service only ever becomes textContent; places come from the same layout as the SVG.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const details = byId("details"), hint = byId("hint"), search = byId("search"), found = byId("found");

  // ---- building elements ----

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function drawn(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  // ---- one view: its elements, what is unfolded, and where everything then stands ----

  class View {
    constructor(name) {
      this.name = name;
      this.data = data.views[name];
      this.svg = byId(name);
      this.section = byId("view-" + name);
      this.nodes = new Map();
      this.unfolded = new Set();
      this.chosen = null;
      this.scale = 1;
      this.width = Number(this.svg.getAttribute("width"));
      this.height = Number(this.svg.getAttribute("height"));
      this.routes = new Map(this.data.routes.map(([source, target, points]) => [source + "\n" + target, points]));
      this.members = new Map();
      for (const [id, item] of Object.entries(this.data.items)) {
        if (item.of) this.members.set(item.of, [...(this.members.get(item.of) || []), id]);
      }
      this.prepare();
      this.place();
    }

    get folded() { return [...this.members.keys()]; }

    prepare() {
      this.svg.setAttribute("role", "group");
      for (const title of this.svg.querySelectorAll("g > title")) title.remove();
      this.frames = [...this.svg.querySelectorAll("rect, text")].filter((each) => !each.closest(".item, defs")).map((each) => ({
        element: each,
        y: Number(each.getAttribute("y")),
        height: each.tagName === "rect" ? Number(each.getAttribute("height")) : null,
      }));
      for (const node of this.svg.querySelectorAll(".item")) {
        const id = node.dataset.item, item = this.data.items[id];
        this.nodes.set(id, node);
        node.setAttribute("role", "button");
        node.setAttribute("tabindex", "-1");
        node.setAttribute("aria-label", [this.members.has(id) ? "" : item.kind, item.label, item.summary].filter(Boolean).join(", "));
        if (this.members.has(id)) node.setAttribute("aria-expanded", "false");
      }
      for (const lane of this.svg.querySelectorAll("[data-about]")) {
        lane.setAttribute("tabindex", "0");
        lane.setAttribute("role", "button");
        lane.setAttribute("aria-label", this.data.items[lane.dataset.about].label);
      }
      const first = this.nodes.values().next().value;
      if (first) first.setAttribute("tabindex", "0");
    }

    // How far down what was at `y` stands now: below each unfolded item there is room for what it stands for.
    shift(y) {
      const room = new Map();
      for (const id of this.unfolded) {
        const [, top, , height] = this.data.places[id];
        if (top + height <= y) room.set(top + height, Math.max(room.get(top + height) || 0, this.members.get(id).length * data.step));
      }
      return y + [...room.values()].reduce((sum, each) => sum + each, 0);
    }

    where(id) {
      const of = this.data.items[id].of;
      const [x, y, width, height] = this.data.places[of || id];
      const down = of ? (this.members.get(of).indexOf(id) + 1) * data.step : 0;
      return { x: of ? x + data.indent : x, y: this.shift(y) + down, width, height };
    }

    isShown(id) { const of = this.data.items[id].of; return !of || this.unfolded.has(of); }
    shownFor(id) { return this.isShown(id) ? id : this.data.items[id].of; }

    place() {
      for (const { element: each, y, height } of this.frames) {
        each.setAttribute("y", this.shift(y));
        if (height !== null) each.setAttribute("height", this.shift(y + height) - this.shift(y));
      }
      for (const [id, node] of this.nodes) {
        if (this.isShown(id)) {
          const { x, y } = this.where(id);
          node.setAttribute("transform", `translate(${x} ${y})`);
          node.removeAttribute("display");
        } else node.setAttribute("display", "none");
      }
      this.link();
      this.resize();
    }

    link() {
      const shown = new Map();
      this.data.links.forEach((link, index) => {
        const source = this.shownFor(link.source), target = this.shownFor(link.target);
        if (source === target) return;
        const key = source + "\n" + target;
        if (!shown.has(key)) shown.set(key, { source, target, indexes: [] });
        shown.get(key).indexes.push(index);
      });
      const layer = this.svg.querySelector(".links");
      layer.replaceChildren();
      this.lines = [];
      for (const { source, target, indexes } of shown.values()) {
        const way = path(this.points(source, target));
        const group = drawn("g", { class: "link", "data-links": indexes.join(" ") });
        group.append(drawn("path", { class: "near", d: way }), drawn("path", { class: "line", d: way, "marker-end": `url(#${this.name}-arrow)` }));
        layer.append(group);
        this.lines.push({ group, source, target });
      }
      this.mark();
    }

    points(source, target) {
      const from = this.where(source), to = this.where(target);
      const outer = (id) => this.data.items[id].of || id;
      const between = (this.routes.get(outer(source) + "\n" + outer(target)) || []).slice(1, -1);
      const side = to.x < from.x ? to.width : 0;
      return [
        [from.x, from.y + from.height / 2],
        ...between.map(([x, y]) => [x, this.shift(y)]),
        [to.x + side, to.y + to.height / 2],
      ];
    }

    mark() {
      for (const [id, node] of this.nodes) node.classList.toggle("chosen", id === this.chosen);
      for (const { group, source, target } of this.lines) {
        group.classList.toggle("chosen", this.chosen !== null && (source === this.chosen || target === this.chosen));
      }
    }

    resize() {
      const height = this.shift(this.height);
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
      this.svg.setAttribute("width", Math.round(this.width * this.scale));
      this.svg.setAttribute("height", Math.round(height * this.scale));
    }

    zoom(scale, at) {
      const before = this.scale;
      this.scale = Math.min(4, Math.max(0.1, scale));
      const box = this.section.getBoundingClientRect();
      const x = at ? at.clientX - box.left : box.width / 2, y = at ? at.clientY - box.top : box.height / 2;
      const left = (this.section.scrollLeft + x) / before, top = (this.section.scrollTop + y) / before;
      this.resize();
      this.section.scrollLeft = left * this.scale - x;
      this.section.scrollTop = top * this.scale - y;
    }

    fit() {
      if (this.section.clientWidth) this.zoom(Math.max(0.5, Math.min(1, this.section.clientWidth / this.width)));
    }

    toggle(id, open = !this.unfolded.has(id)) {
      if (open) this.unfolded.add(id); else this.unfolded.delete(id);
      this.nodes.get(id).setAttribute("aria-expanded", String(open));
    }

    reveal(id) {
      const of = this.data.items[id].of;
      if (of && !this.unfolded.has(of)) { this.toggle(of, true); this.place(); }
    }
  }

  // The same way as vtnmd/drawing/svg.py draws.
  function path(points) {
    let [x, y] = points[0];
    const steps = [`M${x} ${y}`];
    for (const [toX, toY] of points.slice(1)) {
      const middle = toX < x ? Math.floor((x + toX) / 2) : Math.min(x, toX) - 28;
      steps.push(toY === y ? `H${toX}` : `C${middle} ${y} ${middle} ${toY} ${toX} ${toY}`);
      [x, y] = [toX, toY];
    }
    return steps.join(" ");
  }

  // ---- details, in the panel and beside the pointer ----

  function list(facts) {
    const made = element("dl");
    for (const [name, value] of facts) made.append(element("dt", name), element("dd", value === "" ? "–" : value));
    return made;
  }

  function source(place) {
    const made = element("p", undefined, { class: "place" });
    made.textContent = place;
    return made;
  }

  function ends(view, title, links, end) {
    if (!links.length) return [];
    const made = element("ul");
    for (const link of links.slice(0, data.most)) {
      const line = element("li", ` ${link.reason}`), button = element("button", label(view, link[end]), { type: "button" });
      button.addEventListener("click", () => choose(view, link[end], true));
      line.prepend(button);
      made.append(line);
    }
    if (links.length > data.most) made.append(element("li", `and ${links.length - data.most} more`));
    return [element("h3", title), made];
  }

  function label(view, id) { const item = view.data.items[id]; return view.members.has(id) ? item.label : `${item.kind} ${item.label}`; }

  function aboutItem(view, id) {
    const item = view.data.items[id], members = view.members.get(id) || [];
    const made = [element("h2", label(view, id))];
    if (item.summary) made.push(element("p", item.summary));
    made.push(list(item.facts));
    if (item.place) made.push(source(item.place));
    if (item.properties.length) made.push(element("h3", "Properties"), list(item.properties));
    made.push(...ends(view, "Stands for", members.map((member) => ({ member, reason: view.data.items[member].summary })), "member"));
    made.push(...ends(view, "Needs", view.data.links.filter((each) => each.source === id), "target"));
    made.push(...ends(view, "Is needed by", view.data.links.filter((each) => each.target === id), "source"));
    return made;
  }

  function aboutLinks(view, indexes) {
    const links = indexes.map((index) => view.data.links[index]);
    const made = [];
    for (const link of links.slice(0, data.most)) {
      made.push(element("h2", `${label(view, link.source)} → ${label(view, link.target)}`), element("p", link.reason));
      if (link.properties.length) made.push(list(link.properties));
      if (link.place) made.push(source(link.place));
    }
    if (links.length > data.most) made.push(element("p", `and ${links.length - data.most} more`));
    return made;
  }

  function about(view, target) {
    const link = target.closest(".link"), item = target.closest(".item"), lane = target.closest("[data-about]");
    if (item) return aboutItem(view, item.dataset.item);
    if (link) return aboutLinks(view, link.dataset.links.split(" ").map(Number));
    return lane ? aboutItem(view, lane.dataset.about) : null;
  }

  function point(view, event) {
    const found = about(view, event.target);
    hint.hidden = !found;
    if (!found) return;
    hint.replaceChildren(...found);
    const box = hint.getBoundingClientRect();
    hint.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 4))}px`;
    hint.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - box.height - 4))}px`;
  }

  // ---- choosing ----

  function choose(view, id, focus = false) {
    view.reveal(id);
    view.chosen = id;
    view.mark();
    details.replaceChildren(...aboutItem(view, id));
    details.scrollTop = 0;
    remember();
    const node = view.nodes.get(id);
    if (!node) return;
    for (const each of view.nodes.values()) each.setAttribute("tabindex", each === node ? "0" : "-1");
    if (focus) {
      node.focus({ preventScroll: true });
      node.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  function letGo(view) {
    view.chosen = null;
    view.mark();
    hint.hidden = true;
    remember();
  }

  function open(view, id) {
    if (view.members.has(id)) { view.toggle(id); view.place(); }
    choose(view, id);
  }

  // The nearest item in the direction of an arrow key; what lies aside counts twice.
  function neighbour(view, id, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const from = view.where(id);
    let best = null, least = Infinity;
    for (const other of view.nodes.keys()) {
      if (other === id || !view.isShown(other)) continue;
      const to = view.where(other), along = (to.x - from.x) * dx + (to.y - from.y) * dy;
      const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
      if (along > 0 && along + 2 * aside < least) [best, least] = [other, along + 2 * aside];
    }
    return best;
  }

  // ---- search ----

  let hits = [], next = 0;

  function text(item) {
    return [item.kind, item.label, item.summary, ...item.facts.flat(), ...item.properties.flat()].join("\n").toLowerCase();
  }

  function look() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), view = current();
    hits = words.length ? [...view.nodes.keys()].filter((id) => !view.members.has(id) && words.every((word) => text(view.data.items[id]).includes(word))) : [];
    next = 0;
    const marked = new Set(hits.flatMap((id) => [id, view.data.items[id].of]));
    view.svg.classList.toggle("searching", words.length > 0);
    for (const [id, node] of view.nodes) node.classList.toggle("hit", marked.has(id));
    found.textContent = words.length ? (hits.length ? `${hits.length} found` : "nothing found") : "";
  }

  function goOn(step) {
    if (!hits.length) return;
    const id = hits[next];
    found.textContent = `${next + 1} of ${hits.length}`;
    next = (next + step + hits.length) % hits.length;
    choose(current(), id);
    current().nodes.get(id).scrollIntoView({ block: "center", inline: "center" });
  }

  // ---- views ----

  let shown = Object.keys(data.views)[0];
  const views = {};

  function current() { return views[shown]; }

  function show(name) {
    shown = name;
    for (const each of Object.values(views)) each.section.hidden = each.name !== name;
    for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
    const foldable = current().folded.length > 0;
    byId("unfold").hidden = byId("fold").hidden = !foldable;
    hint.hidden = true;
    if (!current().fitted) { current().fitted = true; current().fit(); }
    look();
    remember();
  }

  // The address tells the view and what is chosen, so that a reload or a link leads there again.
  function remember() {
    const chosen = current().chosen;
    history.replaceState(null, "", "#" + shown + (chosen ? "/" + encodeURIComponent(chosen) : ""));
  }

  function recall() {
    const [name, ...rest] = location.hash.slice(1).split("/");
    let id = "";
    try { id = decodeURIComponent(rest.join("/")); } catch { /* no address of ours */ }
    show(Object.hasOwn(views, name) ? name : shown);
    if (Object.hasOwn(current().data.items, id)) choose(current(), id, true);
  }

  // ---- what the user does ----

  function listen(view) {
    const { svg, section } = view;
    svg.addEventListener("pointermove", (event) => point(view, event));
    svg.addEventListener("pointerleave", () => { hint.hidden = true; });
    svg.addEventListener("click", (event) => {
      const item = event.target.closest(".item"), found = about(view, event.target);
      if (item) return open(view, item.dataset.item);
      letGo(view);
      if (found) details.replaceChildren(...found);
      const link = event.target.closest(".link");
      if (link) link.classList.add("chosen");
    });
    svg.addEventListener("keydown", (event) => {
      const lane = event.target.closest("[data-about]"), item = event.target.closest(".item");
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (item) open(view, item.dataset.item);
        else if (lane) details.replaceChildren(...aboutItem(view, lane.dataset.about));
      } else if (event.key.startsWith("Arrow") && item) {
        event.preventDefault();
        const to = neighbour(view, item.dataset.item, event.key);
        if (to) choose(view, to, true);
      }
    });
    section.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      view.zoom(view.scale * Math.exp(-event.deltaY / 300), event);
    }, { passive: false });
    section.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".item, .link")) return;
      const from = { x: event.clientX + section.scrollLeft, y: event.clientY + section.scrollTop };
      const drag = (move) => { section.scrollLeft = from.x - move.clientX; section.scrollTop = from.y - move.clientY; };
      section.classList.add("grabbed");
      addEventListener("pointermove", drag);
      addEventListener("pointerup", () => { removeEventListener("pointermove", drag); section.classList.remove("grabbed"); }, { once: true });
    });
  }

  function all(isOpen) {
    const view = current();
    for (const id of view.folded) view.toggle(id, isOpen);
    view.place();
  }

  document.documentElement.classList.add("scripted");
  for (const name of Object.keys(data.views)) { views[name] = new View(name); listen(views[name]); }
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
  byId("unfold").addEventListener("click", () => all(true));
  byId("fold").addEventListener("click", () => all(false));
  byId("in").addEventListener("click", () => current().zoom(current().scale * 1.25));
  byId("out").addEventListener("click", () => current().zoom(current().scale / 1.25));
  byId("fit").addEventListener("click", () => current().fit());
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") goOn(event.shiftKey ? -1 : 1); });
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; look(); letGo(current()); }
    else if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  });
  recall();
})();
