// Keeps the page on the phone: it opens without network. What the API answers to a crew is never kept here.
"use strict";

const CACHE = "sigap-regu-@VERSION@";
const FILES = [
  "/regu/",
  "/regu/regu.css",
  "/regu/regu.js",
  "/regu/words.js",
  "/regu/store.js",
  "/regu/sending.js",
  "/regu/position.js",
  "/regu/map.js",
  "/regu/manifest.webmanifest",
  "/regu/icon.svg",
  "/regu/icon.png",
  "/assets/leaflet/leaflet.js",
  "/assets/leaflet/leaflet.css",
];
const LAND = "/api/v1/layers/coast.geojson";

self.addEventListener("install", (event) => {
  const fresh = (path) => new Request(path, { cache: "reload" });
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => cache.addAll([...FILES, LAND].map(fresh)))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("sigap-regu-") && name !== CACHE;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === "/regu" || address.pathname === "/regu/index.html") {
    event.respondWith(kept("/regu/"));
  } else if (FILES.includes(address.pathname) || address.pathname === LAND) {
    event.respondWith(kept(address.pathname));
  }
});

async function kept(path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || fetch(path);
}
