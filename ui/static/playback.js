// Draws one picture of a played back operation on a map: the incident, units, and their ways up to then. What is
// shown and when is decided beside the map (components/replay.js); here is only how it looks.
window.sigapPlayback = (function () {
  "use strict";
  const PITCH_PX = 20;
  const SIGNS = { safe: "", soon: "·", late: "!" };
  let setup = null;
  const marks = new Map();
  const lines = new Map();

  function text(value) {
    const holder = document.createElement("span");
    holder.textContent = value;
    return holder.innerHTML.replaceAll('"', "&quot;");
  }

  function mark(inner, ink, rank, label, words, faded) {
    return `<div class="sigap-mark sigap-replayed ${faded ? "sigap-faded" : ""}" data-rank="${rank}" ` +
      `style="--ink:var(--sigap-${ink})" role="img" aria-label="${text(words)}">` +
      `<svg viewBox="0 0 20 20" aria-hidden="true">${inner}</svg>` +
      `<span class="sigap-label">${text(label)}</span></div>`;
  }

  function unitHtml(unit) {
    const look = setup.statuses[unit.status];
    const shape = setup.shapes[unit.mode];
    const inner = `<g fill="var(--sigap-panel)" stroke="none">${shape}</g><g fill="currentColor" ` +
      `fill-opacity="${look.filling}" stroke="currentColor" stroke-width="2.5" ` +
      `stroke-dasharray="${look.dash}">${shape}</g>`;
    return mark(inner, look.ink, 28, unit.label, unit.words, unit.faded);
  }

  function incidentHtml(incident) {
    const sign = SIGNS[incident.urgency];
    const inner = `<g fill="currentColor" stroke="#000" stroke-opacity=".6">${setup.shapes[incident.shape]}</g>` +
      (sign ? '<text x="10" y="15" text-anchor="middle" font-size="14" font-weight="900" ' +
        `fill="var(--sigap-background)">${sign}</text>` : "");
    return mark(inner, incident.urgency, 10, incident.label, incident.words, false);
  }

  // Marks of one place hang below it as a list; the shift is in pixels, so no position is falsified.
  function put(key, at, html, words, size, row, rank) {
    const known = marks.get(key);
    if (known && known.row === row) {
      const was = known.marker.getLatLng();
      if (was.lat !== at[0] || was.lng !== at[1]) known.marker.setLatLng(at);
      if (known.html !== html) {
        known.html = html;
        const element = known.marker.getElement();
        if (element) element.innerHTML = html;
        known.marker.options.icon.options.html = html;
        known.marker.setTooltipContent(words);
        setup.map.fire("viewreset");
      }
      return;
    }
    if (known) known.marker.remove();
    const half = Math.floor(size / 2);
    const icon = L.divIcon({
      html: html, iconSize: [size, size], iconAnchor: [half, half - row * PITCH_PX], className: "sigap-icon",
    });
    const marker = L.marker(at, { icon: icon, zIndexOffset: 1000 * (50 - rank), keyboard: false }).addTo(setup.map);
    marker.sigapKey = key;
    marker.bindTooltip(words);
    marks.set(key, { marker: marker, html: html, row: row });
  }

  function show(picture) {
    const rows = new Map();
    const row = (at) => {
      const place = at.join();
      rows.set(place, (rows.get(place) ?? -1) + 1);
      return rows.get(place);
    };
    const seen = new Set();
    if (picture.incident) {
      const incident = picture.incident;
      seen.add("incident");
      put("incident", incident.at, incidentHtml(incident), text(incident.words), 20, row(incident.at), 10);
    }
    for (const unit of picture.units) {
      seen.add(unit.code);
      put(unit.code, unit.at, unitHtml(unit), text(unit.words), 15, unit.moving ? 0 : row(unit.at), 28);
    }
    for (const [key, known] of marks) {
      if (!seen.has(key)) { known.marker.remove(); marks.delete(key); }
    }
    const drawn = new Set();
    for (const way of picture.ways) {
      drawn.add(way.key);
      const known = lines.get(way.key);
      if (known) known.setLatLngs(way.points);
      else {
        const color = `var(--sigap-route_${way.mode === "foot" ? "land" : way.mode})`;
        lines.set(way.key, L.polyline(way.points, {
          color: color, weight: 3, opacity: 0.85, interactive: false,
        }).addTo(setup.map));
      }
    }
    for (const [key, line] of lines) {
      if (!drawn.has(key)) { line.remove(); lines.delete(key); }
    }
  }

  return {
    start: function (map, options) {
      setup = { ...options, map: map };
      // After a click on the map its keys must still work; the arrows move the map itself.
      document.addEventListener("keydown", function (event) {
        if (event.key !== " ") return;
        event.preventDefault();
        const copy = { key: " ", code: event.code, bubbles: true, cancelable: true };
        window.parent.document.body.dispatchEvent(new KeyboardEvent("keydown", copy));
      });
    },
    show: show,
    fit: function (points) {
      if (points.length) setup.map.fitBounds(points, { padding: [50, 50], maxZoom: 14, animate: false });
    },
  };
})();
