// Between phone and control room: the order in, actions, photos and positions out. What cannot be sent waits in
// its order; an action keeps its id, so that the control room applies it once however often it is sent.
import * as store from "./store.js";
import { t } from "./words.js";

const ACTIONS_AT_ONCE = 50;
const FIXES_AT_ONCE = 500;
const MOST_FIXES = 20000;
const WAIT_MS = 20000;
const PHOTO_MS = 300000;

export const link = {
  state: "connecting", // connecting, connected, offline, revoked
  duty: null, // what the control room said last; null: no order
  unit: "",
  lastCall: null, // number of the order that was shown last, for a call for help on the way back
  seenAt: null, // when (this phone's clock) it was said
  ahead: 0, // milliseconds that the control room's clock is ahead of this phone's
  settled: [], // actions that were taken since the order was last read
  waiting: 0,
  fixes: 0,
};

let token = null;
let etag = null;
let changed = () => {};

export async function begin(onChange) {
  changed = onChange;
  token = (await store.get("token")) || null;
  const kept = await store.get("order");
  if (kept) Object.assign(link, kept);
  link.ahead = (await store.get("ahead")) || 0;
  await recount();
}

export const isPaired = () => token !== null;

export async function pair(given) {
  if (given === token) return;
  token = given;
  etag = null;
  Object.assign(link, { state: "connecting", duty: null, unit: "", lastCall: null, seenAt: null });
  await store.set("token", given);
  await store.set("order", null);
}

// The time as the control room counts it, in milliseconds.
export const now = () => Date.now() + link.ahead;

async function ask(path, options = {}, most = WAIT_MS) {
  const by = token;
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), most);
  try {
    // A refusal is read on this page, so it speaks its language, not the phone's.
    const spoken = { "Accept-Language": document.documentElement.lang };
    const headers = { Authorization: `Bearer ${by}`, ...spoken, ...options.headers };
    const answer = await fetch(`/api/v1/${path}`, { ...options, headers, cache: "no-store", signal: cut.signal });
    // A proxy on the way that answers for a control room it does not reach is no control room.
    if (answer.status >= 500) return reached(by, "offline", null);
    return reached(by, answer.status === 401 ? "revoked" : "connected", answer);
  } catch {
    return reached(by, "offline", null);
  } finally {
    clearTimeout(timer);
  }
}

function reached(by, state, answer) {
  if (by === token) link.state = state;
  return answer;
}

// --- the order ---------------------------------------------------------------------------------

let asked = 0;
let heard = 0;

export async function readOrder() {
  if (!token) return;
  const number = ++asked;
  const by = token;
  const before = Date.now();
  const known = [...link.settled];
  const answer = await ask("crew/order", { headers: etag ? { "If-None-Match": etag } : {} });
  // Of two answers the one that was asked for later counts, whichever comes first.
  if (by !== token || number < heard) return;
  heard = number;
  if (answer && [200, 204, 304].includes(answer.status)) {
    const told = Number(answer.headers.get("Date-Ms"));
    const ahead = Math.round(told - (before + Date.now()) / 2);
    if (told && Math.abs(ahead - link.ahead) > 1000) {
      link.ahead = Math.abs(ahead) > 1000 ? ahead : 0;
      await store.set("ahead", link.ahead);
    }
    link.seenAt = Date.now();
    link.unit = decodeURIComponent(answer.headers.get("X-Sigap-Unit") || "");
    if (answer.status !== 304) {
      link.duty = answer.status === 200 ? await answer.json() : null;
      etag = answer.headers.get("ETag");
    }
    link.settled = link.settled.filter((one) => !known.includes(one));
    if (link.duty?.order) link.lastCall = link.duty.order.call_no;
    const { duty, unit, lastCall, seenAt } = link;
    await store.set("order", { duty, unit, lastCall, seenAt });
  }
  changed();
}

// --- what the crew does ------------------------------------------------------------------------

// A UUID version 4; `crypto.randomUUID` exists only where the page came by HTTPS.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export async function act(action, more = {}) {
  const told = { id: newId(), action, at: new Date(now()).toISOString(), ...more };
  await store.add("queue", { kind: "action", unit: link.unit, told });
  await recount();
  sendActions();
}

export async function addPhoto(file, callNo) {
  await store.add("queue", { kind: "photo", unit: link.unit, file, name: file.name || "foto", callNo });
  await recount();
  sendPhotos();
}

const waiting = async (kind) => (await store.first("queue")).filter((entry) => entry.kind === kind);

export async function waitingActions() {
  return (await waiting("action")).map((entry) => entry.told);
}

async function recount() {
  link.waiting = await store.count("queue");
  link.fixes = await store.count("fixes");
  changed();
}

// Return what does `work` until nothing is left, never twice at a time; asked meanwhile, it looks once more.
function alone(work) {
  let running = null;
  let again = false;
  return function run() {
    again = running !== null;
    running ||= work().finally(() => {
      running = null;
      if (again) run();
    });
    return running;
  };
}

// Photos go by themselves: a call for help must not stand behind ten megabytes.
const sendActions = alone(() => sendAll("action", ACTIONS_AT_ONCE, deliverActions));
const sendPhotos = alone(() => sendAll("photo", 1, ([entry]) => deliverPhoto(entry)));

export function send() {
  sendActions();
  sendPhotos();
}

async function sendAll(kind, most, deliver) {
  while (token && link.unit && link.state !== "revoked") {
    const entries = (await waiting(kind)).slice(0, most);
    if (!entries.length) return;
    // What was done with this phone for another unit must not happen to this one.
    const foreign = entries.filter((entry) => entry.unit !== link.unit);
    if (foreign.length) {
      await refuse(foreign.map((entry) => entry.told?.action || "photo"), t("other_unit"));
      await store.remove("queue", foreign);
    } else if (!(await deliver(entries))) {
      return;
    }
    await recount();
    await readOrder();
  }
}

async function deliverActions(entries) {
  const answer = await ask("crew/actions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ actions: entries.map((entry) => entry.told) }),
  });
  if (!isFinal(answer)) return false;
  if (!answer.ok) {
    await refuse(entries.map((entry) => entry.told.action), await reason(answer));
  } else {
    const { answers } = await answer.json();
    for (const [k, one] of answers.entries()) {
      const { told } = entries[k];
      if (one.result === "refused") await refuse([told.action], one.detail);
      else link.settled.push(told);
      if (told.action === "help" && one.result !== "refused") await store.set("help", Date.parse(told.at));
    }
  }
  await store.remove("queue", entries);
  return true;
}

async function deliverPhoto(entry) {
  const asked = new URLSearchParams({ name: entry.name, ...(entry.callNo ? { call_no: entry.callNo } : {}) });
  const answer = await ask(`crew/photos?${asked}`, {
    method: "POST",
    headers: { "Content-Type": entry.file.type || "application/octet-stream" },
    body: entry.file,
  }, PHOTO_MS);
  if (!isFinal(answer)) return false;
  if (!answer.ok) {
    await refuse(["photo"], await reason(answer));
  } else {
    const { lon, lat } = await answer.json();
    if (lon !== null) await store.set("photo", { lon, lat, callNo: entry.callNo });
  }
  await store.remove("queue", [entry]);
  return true;
}

// Whether the control room has decided; otherwise the same is sent again later.
function isFinal(answer) {
  if (answer === null || [401, 408, 425, 429].includes(answer.status)) return false;
  // A proxy's own page is no decision: only the control room says why in its own format.
  return answer.ok || (answer.headers.get("Content-Type") || "").startsWith("application/problem+json");
}

async function reason(answer) {
  try {
    return (await answer.json()).detail || String(answer.status);
  } catch {
    return String(answer.status);
  }
}

async function refuse(actions, why) {
  const refused = (await store.get("refused")) || [];
  for (const action of actions) refused.push({ action, why, at: Date.now() });
  await store.set("refused", refused.slice(-20));
}

// --- positions ---------------------------------------------------------------------------------

export async function addFix(fix) {
  if (link.fixes >= MOST_FIXES) await store.remove("fixes", await store.first("fixes", FIXES_AT_ONCE));
  await store.add("fixes", { ...fix, unit: link.unit });
  await recount();
}

let sendingFixes = false;

// Send the kept positions, the oldest first; returns why the newest was refused, or null.
export async function sendFixes() {
  if (!token || !link.unit || sendingFixes) return null;
  sendingFixes = true;
  let why = null;
  try {
    for (;;) {
      const fixes = await store.first("fixes", FIXES_AT_ONCE);
      if (!fixes.length) return why;
      const foreign = fixes.filter((fix) => fix.unit !== link.unit);
      if (foreign.length) {
        await store.remove("fixes", foreign);
        continue;
      }
      const answer = await ask("positions?source=crew", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ type: "FeatureCollection", features: fixes.map(feature) }),
      });
      if (!isFinal(answer)) return why;
      const told = await answer.json();
      const last = (told.rejected || []).find((one) => one.index === fixes.length - 1);
      why = last ? last.detail : null;
      await store.remove("fixes", fixes);
      await recount();
    }
  } finally {
    sendingFixes = false;
  }
}

function feature({ lon, lat, at, accuracy, speed, heading, battery }) {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [lon, lat] },
    properties: {
      reported_at: new Date(at).toISOString(),
      accuracy_m: accuracy,
      speed_kn: speed,
      heading_deg: heading,
      battery,
    },
  };
}
