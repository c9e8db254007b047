// What every map does in the browser: it follows the page's theme, and its labels do not collide. Each label takes the first side of its symbol that is free: right, left,
// above, below. Important marks choose first; a label with no free side is hidden, its symbol and its
// tooltip stay. Runs again when the map or a mark moves.
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
    for (const mark of marks) {
      const label = mark.querySelector(".sigap-label");
      if (!label) continue;
      const free = (side) => {
        label.dataset.side = side;
        const here = box(label);
        return !taken.some((t) => t.mark !== mark && meet(here, t.box));
      };
      if (SIDES.some(free)) taken.push({ box: box(label), mark: null });
      else label.dataset.side = "none";
    }
    for (const name of map.getPanes().tooltipPane.querySelectorAll(".sigap-area")) {
      const here = box(name);
      const clear = !taken.some((t) => meet(here, t.box));
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
    // Styles and the font may arrive after the first marks: sizes are only true once they are here.
    for (const link of document.querySelectorAll("link[rel=stylesheet]")) link.addEventListener("load", again);
    document.fonts.addEventListener("loadingdone", again);
  });

  L.Marker.addInitHook(function () {
    this.on("move", () => this._map && schedule(this._map));
  });
})();
