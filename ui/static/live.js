// Units that move by themselves: the map asks for them every two seconds (leaflet-realtime), and only what
// changed is touched. Ages are counted here, against the server's clock, so that a picture in which nobody
// moved is answered "unchanged" and still grows old before the reader's eyes.
window.sigapLive = (function () {
  "use strict";
  let setup = null;
  let key = null;
  let tag = null;
  let last = { type: "FeatureCollection", features: [] };
  let ahead = 0; // milliseconds that the server's clock is ahead of ours
  let realtime = null;
  let lost = null;
  let tail = null;

  function text(value) {
    const holder = document.createElement("span");
    holder.textContent = value;
    return holder.innerHTML;
  }

  function say(words) {
    const box = setup.map.getContainer().querySelector(".sigap-live-problem");
    box.textContent = words;
    box.hidden = !words;
  }

  // One question at a time: leaflet-realtime takes the answer of the newest only, so with a server slower than
  // the interval none would ever be taken. While one is open, the picture that is there grows old.
  let asking = false;

  function source(done, failed) {
    if (!key) return;
    if (asking) {
      done({ type: "FeatureCollection", features: last.features.filter(moves) });
      return;
    }
    asking = true;
    const show = function () {
      asking = false;
      realtime._onNewData(true, { type: "FeatureCollection", features: last.features.filter(moves) });
    };
    fetch(setup.url + "?key=" + encodeURIComponent(key), {
      headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store",
      signal: AbortSignal.timeout(setup.patience_ms),
    }).then(function (answer) {
      if (answer.status === 304) return last;
      if (!answer.ok) throw new Error(answer.status);
      tag = answer.headers.get("ETag");
      return answer.json();
    }).then(function (data) {
      last = data;
      lost = null;
      say("");
      show();
    }).catch(function (error) {
      lost = lost || Date.now();
      const at = new Date(lost).toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit" });
      say(error.message === "401" ? setup.words.over : setup.words.cut.replace("{time}", at));
      // Positions go on growing old while no news come.
      show();
    });
  }

  // Headers are read before the body: also "unchanged" brings the next key and the server's time.
  const plainFetch = window.fetch.bind(window);
  function fetch(url, options) {
    return plainFetch(url, options).then(function (answer) {
      const next = answer.headers.get("X-Sigap-Key");
      const time = Number(answer.headers.get("Date-Ms"));
      if (next) key = next;
      if (time) ahead = time - Date.now();
      return answer;
    });
  }

  function moves(feature) {
    return feature.properties.kind === "unit" && feature.properties.reported_ms;
  }

  function ageS(told) {
    return Math.max(0, (Date.now() + ahead - told.reported_ms) / 1000);
  }

  function ageWords(seconds) {
    const words = setup.words;
    if (seconds < 60) return words.seconds.replace("{n}", Math.floor(seconds));
    if (seconds < 5400) return words.minutes.replace("{n}", Math.floor(seconds / 60));
    return words.hours.replace("{n}", Math.floor(seconds / 3600));
  }

  function freshness(seconds) {
    return seconds <= setup.fade_s ? "" : seconds <= setup.lost_s ? "sigap-faded" : "sigap-lost";
  }

  function speed(told) {
    if (told.speed_kn === null) return "";
    if (told.mode === "land" || told.mode === "foot") {
      return `${Math.round(told.speed_kn * 1.852)} ${setup.words.kmh}`;
    }
    return `${Math.round(told.speed_kn)} ${setup.words.kn}`;
  }

  function look(told) {
    const seconds = ageS(told);
    const state = freshness(seconds);
    const status = setup.statuses[told.status];
    const age = ageWords(seconds);
    const label = state ? `${told.unit_code} · ${age}` : told.unit_code;
    const shape = setup.shapes[told.mode];
    const ink = state === "sigap-lost" ? "faint" : status.ink;
    const turn = told.heading_deg !== null && told.speed_kn > 1
      ? `<path d="M10 -2V-9" stroke="currentColor" stroke-width="2.5" transform="rotate(${Number(told.heading_deg)} 10 10)"/>`
      : "";
    const words = [told.unit_code, setup.modes[told.mode], status.label, speed(told), age, told.call_no || ""];
    const said = text(words.filter(Boolean).join(" · "));
    const html =
      `<div class="sigap-mark sigap-live ${state}" data-rank="28" style="--ink:var(--sigap-${ink})" role="img" ` +
      `aria-label="${said.replaceAll('"', "&quot;")}"><svg viewBox="0 0 20 20" aria-hidden="true">` +
      `<g fill="var(--sigap-panel)" stroke="none">${shape}</g>` +
      `<g fill="currentColor" fill-opacity="${status.filling}" stroke="currentColor" stroke-width="2.5" ` +
      `stroke-dasharray="${status.dash}">${shape}</g>${turn}</svg>` +
      `<span class="sigap-label">${text(label)}</span></div>`;
    return { html: html, said: said };
  }

  function icon(html) {
    return L.divIcon({ html: html, iconSize: [15, 15], iconAnchor: [7, 7], className: "sigap-icon" });
  }

  function draw(feature, at) {
    const seen = look(feature.properties);
    const marker = L.marker(at, { icon: icon(seen.html), zIndexOffset: 22000 });
    marker.sigapHtml = seen.html;
    marker.bindTooltip(seen.said);
    marker.on("click", function () { showTail(marker.feature.properties.unit_code); });
    return marker;
  }

  function update(feature, marker) {
    if (!marker) return null;
    const [lon, lat] = feature.geometry.coordinates;
    const at = marker.getLatLng();
    if (at.lat !== lat || at.lng !== lon) marker.setLatLng([lat, lon]);
    const seen = look(feature.properties);
    if (seen.html !== marker.sigapHtml) {
      marker.sigapHtml = seen.html;
      // The mark's own element stays; only what is in it changes.
      const element = marker.getElement();
      if (element) element.innerHTML = seen.html;
      marker.options.icon.options.html = seen.html;
      marker.setTooltipContent(seen.said);
      setup.map.fire("viewreset");
    }
    return marker;
  }

  function showTail(code) {
    const same = tail && tail.code === code;
    if (tail) tail.line.remove();
    tail = null;
    if (same) return;
    fetch(setup.tracks + encodeURIComponent(code) + "?minutes=30&key=" + encodeURIComponent(key))
      .then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then(function (way) {
        const points = way.geometry.coordinates.map(([lon, lat]) => [lat, lon]);
        if (points.length < 2) return;
        const line = L.polyline(points, { color: "var(--sigap-action)", weight: 2, opacity: 0.8, dashArray: "2 5" });
        line.bindTooltip(text(setup.words.tail.replace("{unit}", code)));
        tail = { code: code, line: line.addTo(setup.map) };
      })
      .catch(function (error) { say(`${setup.words.no_tail} (${error.message})`); });
  }

  return {
    start: function (map, options) {
      setup = { ...options, map: map };
      const control = L.control({ position: "topright" });
      control.onAdd = function () {
        const box = L.DomUtil.create("div", "sigap-map-problem sigap-live-problem");
        box.setAttribute("role", "status");
        box.hidden = true;
        return box;
      };
      control.addTo(setup.map);
    },
    use: function (layer) { realtime = layer; },
    give: function (next) {
      const first = !key;
      key = next;
      if (first && realtime) realtime.update();
    },
    source: source, draw: draw, update: update,
  };
})();
