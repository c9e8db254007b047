// The small map: land, the way, the incident, where to meet, this phone. Nothing comes from outside.
/* global L */
import { t } from "./words.js";

const LAND = "/api/v1/layers/coast.geojson";

let map = null;
let drawn = null;
let layers = null;
let own = null;

function build(box) {
  map = L.map(box, { attributionControl: false, zoomControl: false });
  L.control.scale({ imperial: false }).addTo(map);
  fetch(LAND)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((land) => L.geoJSON(land, { interactive: false, className: "land" }).addTo(map).bringToBack())
    .catch(() => box.classList.add("no-land"));
  layers = L.layerGroup().addTo(map);
}

const sign = (kind, words) => L.divIcon({ className: `sign ${kind}`, html: `<span>${words}</span>`, iconSize: [28, 28] });

export function show(box, order, here) {
  if (!map) build(box);
  const key = JSON.stringify([order.call_no, order.lon, order.lat, order.way.legs, t("map_incident")]);
  if (key !== drawn) draw(order, here, key);
  if (here.lon === null) return;
  if (!own) own = L.marker([here.lat, here.lon], { icon: sign("own", "●"), keyboard: false }).addTo(map);
  own.setLatLng([here.lat, here.lon]);
  own.getElement()?.setAttribute("aria-label", t("map_own"));
}

function draw(order, here, key) {
  const isNew = drawn === null || JSON.parse(drawn)[0] !== order.call_no;
  drawn = key;
  layers.clearLayers();
  const points = [];
  for (const leg of order.way.legs) {
    const line = leg.line.map(([lon, lat]) => [lat, lon]);
    points.push(...line);
    L.polyline(line, { className: `way ${leg.mode} ${leg.method}`, interactive: false }).addTo(layers);
  }
  const mark = (kind, words, label, at) => {
    const marker = L.marker([at.lat, at.lon], { icon: sign(kind, words), keyboard: false, title: label });
    marker.addTo(layers);
    points.push([at.lat, at.lon]);
  };
  if (order.pier) mark("pier", "⚓", order.pier.name, order.pier);
  if (order.lon !== null) mark("incident", "!", t("map_incident"), order);
  if (isNew && points.length) {
    map.invalidateSize();
    if (here.lon !== null) points.push([here.lat, here.lon]);
    map.fitBounds(points, { padding: [24, 24], maxZoom: 16, animate: false });
  }
}
