// Pimpinan's reach: kelurahan coloured and hatched by a share, and a post that can be dragged. A feature group is
// drawn anew after each drag; the map stays, and the areas are fetched once.
(function () {
  "use strict";

  // The gap between the lines of a hatch, in pixels; none: an even colour.
  const GAPS = { dense: 5, wide: 11, none: 0 };

  // A pattern for each colour and density, made when it is first drawn.
  function pattern(ink, density) {
    const id = `sigap-share-${ink}-${density}`;
    if (!document.getElementById(id)) {
      const gap = GAPS[density] || 8;
      const line = GAPS[density] ? `<rect width="1.6" height="${gap}" fill="var(--sigap-${ink})"/>` : "";
      const holder = document.createElement("div");
      holder.style.cssText = "position:absolute;width:0;height:0";
      holder.innerHTML = `<svg width="0" height="0"><defs><pattern id="${id}" width="${gap}" height="${gap}" ` +
        `patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="${gap}" height="${gap}" ` +
        `fill="var(--sigap-${ink})" fill-opacity="0.28"/>${line}</pattern></defs></svg>`;
      document.body.appendChild(holder);
    }
    return `url(#${id})`;
  }

  // The middle of the largest part of an area, so that what stands there stands under its name.
  function middle(geometry) {
    const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map((part) => part[0]);
    let largest = { area: -1, at: null };
    for (const ring of rings) {
      let twice = 0, lon = 0, lat = 0;
      for (let k = 0; k + 1 < ring.length; k++) {
        const [[x0, y0], [x1, y1]] = [ring[k], ring[k + 1]];
        const cross = x0 * y1 - x1 * y0;
        twice += cross;
        lon += (x0 + x1) * cross;
        lat += (y0 + y1) * cross;
      }
      const at = [lat / (3 * twice), lon / (3 * twice)];
      if (Math.abs(twice) > largest.area) largest = { area: Math.abs(twice), at: at };
    }
    return largest.at;
  }

  window.sigapShares = function (group, options) {
    const { load, words } = window.sigapAreas;
    load(options.url).then(function (data) {
      const zone = (feature) => options.zones[feature.properties.kemendagri_code];
      L.geoJSON(data, {
        filter: (feature) => Boolean(zone(feature)),
        pane: "sigap-holes",
        style: function (feature) {
          const { ink, hatch } = zone(feature);
          return {
            color: `var(--sigap-${ink})`, weight: 0.75, opacity: 0.7,
            fillOpacity: 0.6, fillColor: pattern(ink, hatch),
          };
        },
        onEachFeature: function (feature, layer) {
          const told = words(zone(feature).words);
          told.style.cssText = "display:block;width:max-content;max-width:210px;white-space:normal";
          layer.bindTooltip(told, { sticky: true });
          if (!zone(feature).label) return;
          L.tooltip({ permanent: true, direction: "center", offset: [0, 16], className: "sigap-area sigap-hole-label" })
            .setLatLng(middle(feature.geometry))
            .setContent(words(zone(feature).label))
            // It would fade away for a fifth of a second, and hide its successor that stands at the same place.
            .on("remove", function () { this.getElement().remove(); })
            .addTo(group);
        },
      }).addTo(group);
    }).catch(function (error) { sigapProblem(options.problem, error); });
  };

  const POST = '<path d="M1 9.5 10 1.5l9 8V19H1Z" fill="var(--sigap-panel)" stroke="currentColor" stroke-width="2"/>' +
    '<path d="M10 8v8M6 12h8" stroke="currentColor" stroke-width="2.5"/>';

  // What the page hears of is a click at the new place: a drag and a click on the map mean the same.
  window.sigapPost = function (group, options) {
    const { words } = window.sigapAreas;
    const mark = document.createElement("div");
    mark.className = "sigap-mark";
    mark.dataset.rank = "5";
    mark.style.setProperty("--ink", "var(--sigap-action)");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", options.words);
    mark.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true">${POST}</svg>`;
    mark.appendChild(words(options.label, "sigap-label"));
    const icon = L.divIcon({ html: mark, className: "sigap-icon sigap-post", iconSize: [24, 24], iconAnchor: [12, 12] });
    L.marker([options.lat, options.lon], { icon: icon, draggable: true, autoPan: true, zIndexOffset: 60000 })
      .bindTooltip(words(options.words))
      .on("dragend", function () { this._map.fire("click", { latlng: this.getLatLng() }); })
      .addTo(group);
  };
})();
