// Leadership's map: the numbers of every cell and every month or hour came once; from then on the browser
// colours the same cells by itself, and nothing is asked of the server until a cell is clicked.
(function () {
  "use strict";

  const CLASSES = 5;
  const STEP_MS = 1000, CALM_MS = 2000;
  const EDGE_PX = 110;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  // What stays while feature groups come and go: at which frame the reader is, and whether it plays.
  const state = {kind: null, at: 0, timer: null, show: null, last: 0};
  let bar = null;
  let legend = null;

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  function part(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  // Hatchings: their signs tell the states apart where colours do not.
  function patterns() {
    if (document.getElementById("sigap-cell-few")) return;
    const lines = (id, gap, width, ink, turn) =>
      `<pattern id="sigap-cell-${id}" width="${gap}" height="${gap}" patternUnits="userSpaceOnUse" ` +
      `patternTransform="rotate(${turn})"><rect width="${width}" height="${gap}" fill="var(--${ink})"/></pattern>`;
    const dots = (id, ink) =>
      `<pattern id="sigap-cell-${id}" width="7" height="7" patternUnits="userSpaceOnUse">` +
      `<circle cx="3.5" cy="3.5" r="1.5" fill="var(--${ink})"/></pattern>`;
    const holder = document.createElement("div");
    holder.style.cssText = "position:absolute;width:0;height:0";
    holder.innerHTML = '<svg width="0" height="0" aria-hidden="true"><defs>' +
      lines("few", 7, 1.2, "sigap-faint", 45) + lines("hot", 6, 2.6, "cell-hot", 45) + dots("cold", "cell-cold") +
      "</defs></svg>";
    document.body.appendChild(holder);
  }

  const LINE = "var(--sigap-shore)";
  const PLAIN = {weight: 0.6, color: LINE, opacity: 0.9, dashArray: null};
  const LOOKS = {
    none: {...PLAIN, opacity: 0.35, fillColor: "transparent", fillOpacity: 0},
    few: {...PLAIN, dashArray: "3 3", fillColor: "url(#sigap-cell-few)", fillOpacity: 0.9},
    sea: {...PLAIN, dashArray: "1 4", fillColor: "transparent", fillOpacity: 0},
    hot_99: {...PLAIN, weight: 2.2, opacity: 1, color: "var(--cell-hot)", fillColor: "var(--cell-hot)", fillOpacity: 0.75},
    hot_95: {...PLAIN, weight: 1.4, opacity: 1, color: "var(--cell-hot)", fillColor: "url(#sigap-cell-hot)", fillOpacity: 0.9},
    chance: {...PLAIN, opacity: 0.45, fillColor: "var(--sigap-faint)", fillOpacity: 0.06},
    cold_95: {...PLAIN, weight: 1.4, opacity: 1, dashArray: "6 3", color: "var(--cell-cold)", fillColor: "url(#sigap-cell-cold)", fillOpacity: 0.9},
    cold_99: {...PLAIN, weight: 2.2, opacity: 1, dashArray: "6 3", color: "var(--cell-cold)", fillColor: "var(--cell-cold)", fillOpacity: 0.6},
  };
  for (let no = 1; no <= CLASSES; no += 1) {
    LOOKS["c" + no] = {...PLAIN, fillColor: `var(--cell-${no})`, fillOpacity: 0.68};
  }

  function swatch(look) {
    const {color, weight, opacity, dashArray, fillColor, fillOpacity} = LOOKS[look];
    const dash = dashArray ? ` stroke-dasharray="${dashArray}"` : "";
    const holder = document.createElement("span");
    holder.innerHTML = `<svg viewBox="0 0 18 14" aria-hidden="true"><path d="M5 1h8l4 6-4 6H5L1 7Z" stroke="${color}" ` +
      `stroke-width="${weight}" stroke-opacity="${opacity}"${dash} fill="${fillColor}" fill-opacity="${fillOpacity}"/></svg>`;
    return holder.firstChild;
  }

  // Of the classes in use, the highest always has the strongest colour.
  function classLook(no, of) {
    return "c" + (of === 1 ? 3 : 1 + Math.round((no * (CLASSES - 1)) / (of - 1)));
  }

  function classOf(value, lows) {
    let no = 0;
    while (no + 1 < lows.length && value >= lows[no + 1]) no += 1;
    return no;
  }

  // One cell's numbers in one frame -> how it is drawn.
  function judged(options, cell, row, frame) {
    if (options.kind === "heat") return {look: "none"};
    if (options.kind === "spots") return {look: options.spots[cell].heat};
    const scale = frame.whole ? options.scales.whole : options.scales.frame;
    const inClass = (value) => ({look: classLook(classOf(value, scale.lows), scale.lows.length), value: value});
    const [n, timed, late] = row;
    if (options.kind === "late") {
      if (!timed) return {look: "none"};
      return timed < options.least ? {look: "few", value: late / timed} : inClass(late / timed);
    }
    if (options.kind === "rate") {
      const people = options.people[cell];
      if (people === null) return {look: "sea"};
      if (people < options.least_people) return {look: "few"};
      const rate = (1000 * n) / people / frame.years;
      return n ? inClass(rate) : {look: "none", value: 0};
    }
    return n ? inClass(n) : {look: "none", value: 0};
  }

  function told(options, cell, row, frame) {
    const number = (value, digits) => new Intl.NumberFormat(options.locale, {
      minimumFractionDigits: digits || 0, maximumFractionDigits: digits || 0,
    }).format(value);
    const words = options.words;
    const [n, timed, late] = row;
    const found = judged(options, cell, row, frame);
    const lines = [];
    if (options.kind === "spots") {
      const spot = options.spots[cell];
      lines.push(words.heats[spot.heat]);
      lines.push(fill(words.spot, {
        n: number(spot.n), around: number(spot.around), z: number(spot.z, 1), q: number(spot.q, 3),
      }));
    } else if (options.kind === "late") {
      lines.push(timed ? fill(words.late, {share: number((100 * late) / timed), n: number(timed)}) : words.untimed);
      if (found.look === "few") lines.push(words.few);
    } else if (options.kind === "rate") {
      const people = options.people[cell];
      if (people === null) lines.push(words.at_sea);
      else if (people < options.least_people) lines.push(words.nobody);
      else lines.push(fill(words.rate, {rate: number(found.value, found.value < 10 ? 1 : 0), people: number(people)}));
      lines.push(fill(words.count, {n: number(n)}));
      if (n && n < options.least && people !== null) lines.push(words.unsure);
    } else {
      lines.push(fill(words.count, {n: number(n)}));
    }
    const box = document.createElement("div");
    box.append(part("b", lines[0]), ...lines.slice(1).map((line) => part("div", line)),
      part("small", frame.whole ? words.period : `${frame.name} · ${words.period}`), part("small", words.definition));
    return box;
  }

  function drawLegend(options, frame) {
    const scale = options.scales && (frame.whole ? options.scales.whole : options.scales.frame);
    const rows = [];
    if (scale) scale.labels.forEach((label, no) => rows.push([classLook(no, scale.labels.length), label]));
    for (const [look, label] of options.extra) rows.push([look, label]);
    const key = JSON.stringify([options.title, rows]);
    if (legend.dataset.key === key) return;
    legend.dataset.key = key;
    const list = document.createElement("ul");
    for (const [look, label] of rows) {
      const row = document.createElement("li");
      if (look) row.append(swatch(look));
      row.append(part("span", label));
      list.append(row);
    }
    legend.replaceChildren(part("b", options.title), list);
  }

  function build() {
    if (bar) return;
    patterns();
    const control = L.control({position: "topright"});
    control.onAdd = function () {
      legend = L.DomUtil.create("div", "sigap-cell-legend");
      legend.setAttribute("role", "note");
      L.DomEvent.disableClickPropagation(legend);
      return legend;
    };
    control.addTo(map);
    bar = L.DomUtil.create("div", "sigap-frames", map.getContainer());
    bar.button = bar.appendChild(document.createElement("button"));
    bar.button.type = "button";
    bar.input = bar.appendChild(document.createElement("input"));
    Object.assign(bar.input, {type: "range", min: 0, step: 1});
    bar.output = bar.appendChild(document.createElement("output"));
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.disableScrollPropagation(bar);
    bar.addEventListener("keydown", (event) => event.stopPropagation());
    bar.input.addEventListener("input", function () {
      pause();
      go(Number(bar.input.value));
    });
    bar.button.addEventListener("click", () => (state.timer ? pause() : play()));
  }

  function sayButton() {
    bar.button.textContent = state.timer ? `❚❚ ${bar.words.pause}` : `▶ ${bar.words.play}`;
    // While it plays, a screen reader is not told every second.
    bar.output.setAttribute("aria-live", state.timer ? "off" : "polite");
  }

  function pause() {
    clearInterval(state.timer);
    state.timer = null;
    sayButton();
  }

  function play() {
    state.timer = setInterval(() => go(state.at < state.last ? state.at + 1 : 1), calm.matches ? CALM_MS : STEP_MS);
    sayButton();
    go(state.at < state.last ? state.at + 1 : 1);
  }

  function go(at) {
    state.at = at;
    state.show();
  }

  // Numbers of a frame lie flat: cell, reports, timed, late, cell, …; cells without reports are left out.
  function unpacked(flat, many) {
    const rows = Array.from({length: many}, () => [0, 0, 0]);
    for (let at = 0; at < flat.length; at += 4) rows[flat[at]] = flat.slice(at + 1, at + 4);
    return rows;
  }

  function ring([lat, lon, ...offsets]) {
    const corners = [];
    for (let at = 0; at < offsets.length; at += 2) corners.push([(lat + offsets[at]) / 1e5, (lon + offsets[at + 1]) / 1e5]);
    return corners;
  }

  window.sigapCells = function (group, options) {
    build();
    bar.words = options.words;
    const frames = options.frames.map((frame) => ({...frame, rows: unpacked(frame.rows, options.cells.length)}));
    if (state.kind !== options.frame_kind) {
      state.kind = options.frame_kind;
      state.at = 0;
      if (state.timer) pause();
    }
    state.last = frames.length - 1;
    state.at = Math.min(state.at, state.last);

    let heat = null;
    const drawn = [];
    if (options.kind === "heat") {
      heat = L.heatLayer([], options.heat).addTo(group);
    } else {
      options.cells.forEach(function (cell, no) {
        const area = L.polygon(ring(cell), {className: "sigap-cell", bubblingMouseEvents: false});
        area.sigapCell = no;
        area.on("add", () => Object.assign(area.getElement().dataset, {cell: options.ids[no], look: area.sigapLook}));
        drawn.push(area.addTo(group));
      });
      // Leaflet's "auto" looks left and right only; near the upper and lower edge the words would be cut off.
      group.on("mouseover mousemove", function (event) {
        const y = map.latLngToContainerPoint(event.latlng).y, tip = group.getTooltip();
        tip.options.direction = y < EDGE_PX ? "bottom" : y > map.getSize().y - EDGE_PX ? "top" : "auto";
      });
      group.bindTooltip((area) => told(options, area.sigapCell, frames[state.at].rows[area.sigapCell], frames[state.at]),
        {sticky: true, className: "sigap-cell-tip", direction: "auto"});
    }
    if (options.chosen) {
      const style = {className: "sigap-chosen-cell", interactive: false, color: "var(--sigap-text)", weight: 4, fill: false};
      L.polygon(ring(options.chosen), style).addTo(group);
    }

    state.show = function () {
      const frame = frames[state.at];
      if (heat) {
        heat.setLatLngs(frame.rows.map((row, no) => [options.cells[no][0] / 1e5, options.cells[no][1] / 1e5, row[0] / options.full])
          .filter((at) => at[2] > 0));
      }
      drawn.forEach(function (area, no) {
        const look = judged(options, no, frame.rows[no], frame).look;
        if (area.sigapLook === look) return;
        area.sigapLook = look;
        area.setStyle(LOOKS[look]);
        if (area.getElement()) area.getElement().dataset.look = look;
      });
      drawLegend(options, frame);
      bar.hidden = frames.length < 2;
      bar.input.max = state.last;
      bar.input.value = state.at;
      const total = new Intl.NumberFormat(options.locale).format(frame.n);
      const words = fill(options.words.frame, {name: frame.name, n: total});
      bar.output.textContent = words;
      bar.input.setAttribute("aria-label", options.words.slider);
      bar.input.setAttribute("aria-valuetext", words);
      sayButton();
    };
    state.show();
  };
})();
