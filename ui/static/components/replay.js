// A played back operation. Everything of it came in one message; time runs here, without the server.
const EVERY_MS = 66;
const CALM_MS = 1000; // for people who asked their system for less motion
const BEFORE_MS = 30_000; // a pause is left so long before something happens
const MAPS = 'iframe[title="streamlit_folium.st_folium"]';

function sigapPiece(pieces, t) {
  // pieces: [[ms, ...], ...] by time; the last that has begun, or undefined
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle][0] <= t) low = middle + 1;
    else high = middle;
  }
  return pieces[low - 1];
}

function sigapWays(unit) {
  // Seconds since the begin and degrees × 100 000; each way begins with whole numbers, then differences.
  return unit.ways.map((flat) => {
    const points = [];
    let [s, x, y] = [0, 0, 0];
    for (let n = 0; n < flat.length; n += 3) {
      s += flat[n];
      x += flat[n + 1];
      y += flat[n + 2];
      points.push([s * 1000, y / 1e5, x / 1e5]);
    }
    return points;
  });
}

function sigapAlong(way, t) {
  const n = way.findIndex((point) => point[0] > t);
  if (n === 0) return [way[0][1], way[0][2]];
  if (n < 0) return way[way.length - 1].slice(1);
  const [a, b] = [way[n - 1], way[n]];
  const share = (t - a[0]) / (b[0] - a[0]);
  return [a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}

export default function (component) {
  const { data, parentElement } = component;
  const old = parentElement.sigapReplay;
  if (old) old.stop();
  const find = (selector) => parentElement.querySelector(selector);
  const words = data.words;
  const length = data.end - data.begin;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const fresh = { t: 0, speed: 60, skip: true, playing: false, painter: null };
  const state = { ...(old && old.id === data.id ? old : fresh), id: data.id };
  state.t = Math.min(state.t, length);
  parentElement.sigapReplay = state;

  const locale = words.locale;
  const clockOf = new Intl.DateTimeFormat(locale, {
    timeZone: data.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const dateOf = new Intl.DateTimeFormat(locale, {
    timeZone: data.zone, weekday: "short", day: "numeric", month: "short", year: "numeric",
  });
  const clock = (t) => clockOf.format(new Date(data.begin + t));
  const date = (t) => dateOf.format(new Date(data.begin + t));
  const set = (part, text) => { if (part.textContent !== text) part.textContent = text; };
  const make = (name, className, parent, text = "") => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    parent.append(made);
    return made;
  };

  const units = data.units.map((unit) => ({ ...unit, tracks: sigapWays(unit) }));
  const slider = find(".slider");
  const play = find(".play");
  slider.max = String(Math.max(1, Math.ceil(length / 1000)));
  slider.setAttribute("aria-label", words.slider);
  find(".prev").title = words.prev;
  find(".prev").setAttribute("aria-label", words.prev);
  find(".next").title = words.next;
  find(".next").setAttribute("aria-label", words.next);
  find(".zone").textContent = words.zone;
  find(".skip span").textContent = words.skip;
  find(".skip").hidden = data.pauses.length === 0;
  find(".skip input").checked = state.skip;
  find(".keys").textContent = words.keys;

  const speeds = find(".speeds");
  speeds.setAttribute("aria-label", words.speed);
  speeds.replaceChildren();
  const speedButtons = [10, 60, 300].map((speed) => {
    const button = make("button", "speed", speeds, `×${speed}`);
    button.type = "button";
    button.onclick = () => { state.speed = speed; draw(); };
    return [speed, button];
  });

  const ticks = find(".ticks");
  ticks.replaceChildren();
  const list = find(".moments");
  list.replaceChildren();
  const items = data.moments.map(([at, kind, title, who, details, late]) => {
    const tick = make("i", "tick", ticks);
    tick.dataset.kind = kind;
    tick.style.left = `${length ? (100 * at) / length : 0}%`;
    const item = make("li", "moment", list);
    item.dataset.kind = kind;
    const button = make("button", "go", item);
    button.type = "button";
    make("time", "", button, clock(at));
    make("b", "sign", button, words.signs[kind]).title = words.kinds[kind];
    const body = make("span", "body", button);
    make("span", "title", body, title);
    for (const detail of details) make("span", "detail", body, detail);
    const by = [words.kinds[kind], who].filter(Boolean).join(" · ");
    make("span", "who", body, by);
    if (late) make("em", "entered", body, late);
    button.onclick = () => seek(at);
    return item;
  });
  if (data.left_out) make("li", "left", list, data.left_out);

  const steps = find(".steps");
  steps.replaceChildren();
  const cells = data.steps.map((step) => {
    const cell = make("div", "step", steps);
    make("span", "no", cell, String(step.no));
    make("span", "name", cell, step.name).title = step.title;
    make("span", "figure", cell);
    make("span", "word", cell);
    return cell;
  });
  const rows = find(".units");
  rows.replaceChildren();
  const chips = units.map((unit) => {
    const chip = make("li", "unit", rows);
    make("b", "", chip, unit.code);
    make("span", "status", chip);
    return chip;
  });
  rows.hidden = units.length === 0;

  function stepAt(step, t) {
    const [, kind, from, took, urgency] = sigapPiece(step.pieces, t) || [0, "pending", null, null, ""];
    if (from !== null) {
      const running = { due: from + step.target * 1000, target: step.target, soon: data.soon };
      const shown = sigapClock(running, t, words.urgency);
      return { kind: "running", urgency: shown.urgency, figure: shown.text, word: shown.word };
    }
    const late = kind === "done" && urgency === "late";
    return {
      kind: kind, urgency: kind === "done" ? (late ? "late" : "safe") : "",
      figure: took === null ? "–" : sigapSpan(took), word: late ? words.urgency.late : words.states[kind],
    };
  }

  const SIGNS = { running: "▶", done: "✓", pending: "○", skipped: "⨯", in_progress: "▶" };
  const LATE = { safe: "", soon: "▲ ", late: "■ " };

  function drawSteps(t) {
    let worst = "safe";
    data.steps.forEach((step, n) => {
      const shown = stepAt(step, t);
      const cell = cells[n];
      const running = shown.kind === "running";
      if (running && (shown.urgency === "late" || worst === "safe")) worst = shown.urgency;
      cell.className = `step ${shown.kind} ${shown.urgency}`;
      set(cell.querySelector(".figure"), shown.figure);
      set(cell.querySelector(".word"), `${LATE[shown.urgency] || ""}${SIGNS[shown.kind]} ${shown.word}`);
    });
    return worst;
  }

  function placeOf(unit, t, scene) {
    const where = (sigapPiece(unit.spots, t) || [0, "nowhere"])[1];
    const known = unit.tracks.filter((way) => way[0][0] <= t);
    const last = known[known.length - 1];
    if (where === "track" && last) return { at: sigapAlong(last, t), moving: true };
    if (where === "last" && last) {
      const end = last[last.length - 1];
      return { at: end.slice(1), moving: true, note: words.last.replace("{time}", clock(end[0])), faded: true };
    }
    if (where === "scene" && scene) return { at: scene.at, moving: false };
    if (where === "station" && unit.station) return { at: unit.station, moving: false, note: words.station };
    return null;
  }

  function sceneAt(t, urgency) {
    const [, lon, lat, domain] = sigapPiece(data.scenes, t) || [0, null, null, ""];
    if (lon === null) return null;
    const said = [data.title, domain && words.domains[domain], words.urgency[urgency]];
    return {
      at: [lat, lon], shape: domain || "land", urgency: urgency, label: data.title,
      words: said.filter(Boolean).join(" · "),
    };
  }

  function drawUnits(t, scene) {
    const drawn = [];
    units.forEach((unit, n) => {
      const status = (sigapPiece(unit.steps, t) || [0, ""])[1];
      const place = placeOf(unit, t, scene);
      const hidden = status === "en_route" && !place ? words.no_track : "";
      const word = status ? words.statuses[status] : "–";
      const said = [word, (place && place.note) || hidden].filter(Boolean).join(", ");
      chips[n].className = `unit ${status || "none"}`;
      set(chips[n].querySelector(".status"), said);
      if (!place) return;
      const label = place.note ? `${unit.code} · ${place.note}` : unit.code;
      drawn.push({
        code: unit.code, mode: unit.mode, status: status, at: place.at, moving: place.moving, faded: place.faded,
        label: label, words: [unit.code, words.modes[unit.mode], said].join(" · "),
      });
    });
    return drawn;
  }

  function waysUntil(t) {
    const found = [];
    for (const unit of units) {
      unit.tracks.forEach((way, n) => {
        const points = way.filter((point) => point[0] <= t).map((point) => point.slice(1));
        if (!points.length) return;
        points.push(sigapAlong(way, t));
        found.push({ key: `${unit.code}/${n}`, mode: unit.mode, points: points });
      });
    }
    return found;
  }

  let current = -2;
  function onMap() {
    for (const frame of document.querySelectorAll(MAPS)) {
      const found = frame.contentWindow && frame.contentWindow.sigapPlayback;
      if (found) return found;
    }
    return null;
  }

  function everywhere() {
    const places = data.scenes.filter((scene) => scene[1] !== null).map((scene) => [scene[2], scene[1]]);
    for (const unit of units) {
      if (unit.station) places.push(unit.station);
      for (const way of unit.tracks) for (const point of way) places.push(point.slice(1));
    }
    return places;
  }

  function draw() {
    const t = state.t;
    set(find(".clock"), clock(t));
    set(find(".date"), date(t));
    set(find(".passed"), `+${sigapSpan(t / 1000)}`);
    set(find(".total"), sigapSpan(length / 1000));
    slider.value = String(Math.round(t / 1000));
    slider.setAttribute("aria-valuetext", `${clock(t)} ${words.zone}`);
    set(play, state.playing ? `❚❚ ${words.pause}` : `▶ ${words.play}`);
    for (const [speed, button] of speedButtons) button.setAttribute("aria-pressed", String(speed === state.speed));
    const worst = drawSteps(t);
    const scene = sceneAt(t, worst);
    const drawn = drawUnits(t, scene);
    const found = onMap();
    if (found) {
      if (found !== state.painter) found.fit(everywhere());
      state.painter = found;
      found.show({ incident: scene, units: drawn, ways: waysUntil(t) });
    }
    mark(t);
  }

  function mark(t) {
    let now = -1;
    while (now + 1 < items.length && data.moments[now + 1][0] <= t) now += 1;
    if (now === current) return;
    current = now;
    items.forEach((item, n) => {
      const isNow = n === now;
      item.classList.toggle("current", now >= 0 && data.moments[n][0] === data.moments[now][0]);
      item.classList.toggle("coming", n > now);
      if (isNow) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    const item = items[Math.max(0, now)];
    if (item) list.scrollTop = item.offsetTop - list.clientHeight / 2;
    set(find(".jumped"), "");
  }

  function seek(t) {
    state.t = Math.max(0, Math.min(length, t));
    draw();
  }

  function toMoment(forward) {
    const times = data.moments.map((moment) => moment[0]);
    const next = forward ? times.find((at) => at > state.t) : times.filter((at) => at < state.t).pop();
    seek(next ?? (forward ? length : 0));
  }

  function toggle() {
    state.playing = !state.playing;
    if (state.playing && state.t >= length) state.t = 0;
    before = performance.now();
    draw();
  }

  let before = performance.now();
  function advance() {
    const now = performance.now();
    const passed = Math.min(now - before, 2 * CALM_MS);
    before = now;
    if (!state.playing) {
      if (onMap() !== state.painter) draw();
      return;
    }
    let t = state.t + passed * state.speed;
    let jumped = "";
    if (state.skip) {
      const pause = data.pauses.find(([from, to]) => from + BEFORE_MS <= t && t < to - BEFORE_MS);
      if (pause) {
        jumped = words.jumped.replace("{time}", sigapSpan((pause[1] - BEFORE_MS - t) / 1000));
        t = pause[1] - BEFORE_MS;
      }
    }
    state.t = Math.min(t, length);
    if (state.t >= length) state.playing = false;
    draw();
    if (jumped) set(find(".jumped"), jumped);
  }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const forward = event.key === "ArrowRight";
    if (event.key !== " " && event.key !== "ArrowLeft" && !forward) return;
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(parentElement);
    const own = 'button, a, input, textarea, select, canvas, [role="radio"], [role="combobox"], [role="option"], ' +
      '[role="grid"], [role="tab"], [contenteditable="true"]';
    if (!inside && target.closest && target.closest(own)) return;
    if (inside && event.key === " " && target.closest('button, input[type="checkbox"]')) return;
    event.preventDefault();
    if (event.key === " ") toggle();
    else toMoment(forward);
  }

  // After a press with the mouse the space bar is for playing again, not for the same button once more.
  find(".replay").onclick = (event) => {
    if (event.detail > 0 && event.target.closest("button")) event.target.closest("button").blur();
  };
  play.onclick = toggle;
  find(".prev").onclick = () => toMoment(false);
  find(".next").onclick = () => toMoment(true);
  find(".skip input").onchange = (event) => { state.skip = event.target.checked; };
  slider.oninput = () => seek(Number(slider.value) * 1000);
  document.addEventListener("keydown", onKey);
  const timer = setInterval(advance, calm ? CALM_MS : EVERY_MS);
  state.stop = () => {
    clearInterval(timer);
    document.removeEventListener("keydown", onKey);
  };
  draw();
  return state.stop;
}
