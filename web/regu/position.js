// Where this phone is: watched while the page is open, kept when it moved, sent every few seconds.
import { addFix, now } from "./sending.js";
import * as store from "./store.js";

const LEAST_MS = 5000; // between two kept positions
const STILL_MS = 60000; // a phone that lies still says so once a minute
const MOVED_M = 10;
const KNOT_M_S = 1852 / 3600;

// state: off, insecure, denied, failed, search, on
export const here = { state: "off", lon: null, lat: null, accuracy: null, at: null };

let watch = null;
let kept = null;
let battery = null;
let changed = () => {};
let isPrepared = false;

export async function prepare(onChange) {
  if (isPrepared) return;
  isPrepared = true;
  changed = onChange;
  // A page that was loaded anew must not tell the same moment twice.
  kept = (await store.get("fix")) || null;
  if (!window.isSecureContext || !navigator.geolocation) {
    here.state = "insecure";
    changed();
    return;
  }
  if (navigator.getBattery) battery = await navigator.getBattery().catch(() => null);
  // Asked only where somebody pressed the button once: a question out of nowhere is refused.
  const permission = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  if (permission?.state === "granted") start();
  if (permission?.state === "denied") here.state = "denied";
  permission?.addEventListener("change", () => {
    if (permission.state === "granted") start();
  });
  changed();
}

export function start() {
  if (watch !== null) return;
  here.state = "search";
  watch = navigator.geolocation.watchPosition(take, fail, { enableHighAccuracy: true, maximumAge: 5000 });
  changed();
}

function take({ coords, timestamp }) {
  const at = timestamp + now() - Date.now();
  Object.assign(here, {
    state: "on", lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: Date.now(),
  });
  const passed = kept ? at - kept.at : Infinity;
  const moved = kept ? metres(kept, here) : Infinity;
  if (passed >= STILL_MS || (passed >= LEAST_MS && moved >= MOVED_M)) {
    kept = { at, lon: here.lon, lat: here.lat };
    store.set("fix", kept);
    addFix({
      ...kept,
      accuracy: number(coords.accuracy),
      speed: coords.speed === null ? null : number(coords.speed / KNOT_M_S),
      heading: number(coords.heading),
      battery: battery ? number(battery.level) : null,
    });
  }
  changed();
}

// Phones say NaN or null for what they do not know.
const number = (value) => (Number.isFinite(value) ? value : null);

function fail(error) {
  if (error.code === error.PERMISSION_DENIED) {
    navigator.geolocation.clearWatch(watch);
    watch = null;
    here.state = "denied";
  } else if (here.at === null) {
    here.state = "failed";
  }
  changed();
}

function metres(a, b) {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  const y = (b.lat - a.lat) * rad;
  return Math.hypot(x, y) * 6371000;
}
