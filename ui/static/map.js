// What every map does in the browser: it follows the page's theme, draws areas that it fetches once, and its
// labels do not collide. Each label takes the first side of its symbol that is free and does not cut it off:
// right, left, above, below. Important marks choose first; a label with no such side is hidden, its symbol and
// its tooltip stay. Runs again when the map or a mark moves.
(function () {
  "use strict";

  // A frame does not learn which theme the page around it shows; Streamlit says it on its own part.
  const page = parent.document.querySelector('[data-testid="stApp"]');
  const theme = function () {
    document.documentElement.style.colorScheme = parent.getComputedStyle(page).colorScheme;
  };
  new MutationObserver(theme).observe(page, { attributes: true, attributeFilter: ["class"] });
  theme();

  const SIDES = ["e", "w", "n", "s"];
  const MATTERS = 20;

  function box(element) {
    const r = element.getBoundingClientRect();
    return { left: r.left, right: r.right, top: r.top, bottom: r.bottom };
  }

  function meet(a, b) {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }

  function layOut(map) {
    const marks = Array.from(map.getPanes().markerPane.querySelectorAll(".sigap-mark"));
    const rank = (mark) => Number(mark.dataset.rank);
    marks.sort((a, b) => rank(a) - rank(b));
    const taken = marks.map((mark) => ({ box: box(mark), mark: mark }));
    const frame = box(map.getContainer());
    const cut = (here) => meet(here, frame) && (here.left < frame.left || here.right > frame.right
      || here.top < frame.top || here.bottom > frame.bottom);
    for (const control of map.getContainer().querySelectorAll(".leaflet-control")) {
      taken.push({ box: box(control), mark: null });
    }
    for (const mark of marks) {
      const label = mark.querySelector(".sigap-label");
      if (!label) continue;
      const free = (side) => {
        label.dataset.side = side;
        const here = box(label);
        return !taken.some((t) => t.mark !== mark && meet(here, t.box));
      };
      // An incident's words are worth more cut than hidden.
      const found = SIDES.some((side) => free(side) && !cut(box(label)))
        || (rank(mark) <= MATTERS && SIDES.some(free));
      if (found) taken.push({ box: box(label), mark: null });
      else label.dataset.side = "none";
    }
    for (const name of map.getPanes().tooltipPane.querySelectorAll(".sigap-area")) {
      const here = box(name);
      const clear = !cut(here) && !taken.some((t) => meet(here, t.box));
      name.style.visibility = clear ? "" : "hidden";
      if (clear) taken.push({ box: here, mark: null });
    }
  }

  function schedule(map) {
    if (map.sigapLayout) return;
    map.sigapLayout = requestAnimationFrame(function () {
      map.sigapLayout = null;
      if (map.getPane("markerPane")) layOut(map);
    });
  }

  L.Map.addInitHook(function () {
    const again = () => schedule(this);
    this.on("zoomend moveend resize layeradd layerremove viewreset", again);
    // What was added while the map zoomed is still on its way when the map says that it has arrived.
    this.getPanes().mapPane.addEventListener("transitionend", again);
    // Styles and the font may arrive after the first marks: sizes are only true once they are here, and with
    // them the middle of a name.
    const measure = () => {
      this.eachLayer((layer) => { if (layer instanceof L.Tooltip) layer.update(); });
      again();
    };
    for (const link of document.querySelectorAll("link[rel=stylesheet]")) link.addEventListener("load", measure);
    document.fonts.addEventListener("loadingdone", measure);
  });

  // Areas of feature groups: a group is drawn anew whenever something in any group changes, and must not
  // fetch again what has not changed.
  const fetched = {};
  function load(url) {
    fetched[url] = fetched[url] || fetch(url).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
      return answer.json();
    });
    fetched[url].catch(function () { delete fetched[url]; });
    return fetched[url];
  }

  function words(text, kind) {
    const part = document.createElement("span");
    if (kind) part.className = kind;
    part.textContent = text;
    return part;
  }

  // For the scripts that a screen adds to its map.
  window.sigapAreas = { load: load, words: words };

  // The corners of a ring that lie farthest north, south, east and west.
  function tips(ring) {
    const farthest = (axis, sign) => ring.reduce((a, b) => (sign * b[axis] > sign * a[axis] ? b : a));
    return [farthest(1, 1), farthest(1, -1), farthest(0, 1), farthest(0, -1)];
  }

  // The longer the way, the thinner: 5 minutes are drawn firm, 15 faint. Each edge says its minutes at its
  // four tips, so that one of them is in view.
  window.sigapReach = function (group, options) {
    load(options.url).then(function (data) {
      const all = data.features.map((feature) => feature.properties.minutes);
      const step = (feature) => all.filter((minutes) => minutes < feature.properties.minutes).length;
      L.geoJSON(data, {
        interactive: false,
        pane: "sigap-reach",
        style: (feature) => ({
          color: options.color, weight: 2.5 - 0.8 * step(feature), opacity: 0.9,
          fillColor: options.color, fillOpacity: 0.1,
        }),
        onEachFeature: function (feature) {
          const kind = feature.properties.method === "estimate" ? " · " + options.estimate : "";
          for (const [lon, lat] of feature.geometry.coordinates.flatMap((part) => tips(part[0]))) {
            L.tooltip({permanent: true, direction: "center", className: "sigap-area sigap-reach-label"})
              .setLatLng([lat, lon])
              .setContent(words(feature.properties.minutes + " " + options.minutes + kind))
              .addTo(group);
          }
        },
      }).addTo(group);
    }).catch(function (error) { sigapProblem(options.problem, error); });
  };

  function hatch() {
    if (document.getElementById("sigap-hatch-dense")) return;
    const patterns = {dense: 5, wide: 11};
    const svg = Object.entries(patterns).map(([name, gap]) =>
      `<pattern id="sigap-hatch-${name}" width="${gap}" height="${gap}" patternUnits="userSpaceOnUse" ` +
      `patternTransform="rotate(45)"><rect width="1.6" height="${gap}" fill="var(--sigap-late)"/></pattern>`);
    const holder = document.createElement("div");
    holder.style.cssText = "position:absolute;width:0;height:0";
    holder.innerHTML = `<svg width="0" height="0"><defs>${svg.join("")}</defs></svg>`;
    document.body.appendChild(holder);
  }

  window.sigapHoles = function (group, options) {
    hatch();
    load(options.url).then(function (data) {
      const hole = (feature) => options.holes[feature.properties.kemendagri_code];
      L.geoJSON(data, {
        filter: (feature) => Boolean(hole(feature)),
        pane: "sigap-holes",
        style: (feature) => ({
          color: "var(--sigap-late)", weight: 0.75, opacity: 0.7, fillOpacity: 0.55,
          fillColor: hole(feature).share < 0.5 ? "url(#sigap-hatch-dense)" : "url(#sigap-hatch-wide)",
        }),
        onEachFeature: function (feature, layer) {
          layer.bindTooltip(words(hole(feature).words), {sticky: true});
          L.tooltip({permanent: true, direction: "center", offset: [0, 13], className: "sigap-area sigap-hole-label"})
            .setLatLng(layer.getBounds().getCenter())
            .setContent(words(Math.round(100 * hole(feature).share) + " %"))
            .addTo(group);
        },
      }).addTo(group);
    }).catch(function (error) { sigapProblem(options.problem, error); });
  };

  L.Marker.addInitHook(function () {
    this.on("move", () => this._map && schedule(this._map));
  });
})();
