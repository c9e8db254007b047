// The page of a crew: shows the order, takes what the crew does, says what is sent and what still waits.
import { show as showMap } from "./map.js";
import { here, prepare, start } from "./position.js";
import * as sending from "./sending.js";
import * as store from "./store.js";
import { clock, language, span, speak, t } from "./words.js";

const { link } = sending;
const ORDER_MS = 5000;
const FIXES_MS = 7000;
const MOST_PHOTO = 10 * 1024 * 1024;
const TOKEN = /^[\w-]{20,100}$/;
const CHIPS = ["chip_found", "chip_evacuated", "chip_controlled", "chip_worse", "chip_blocked", "chip_searching"];
const STEPS = ["acknowledge", "depart", "arrive", "return", "free"];
// What becomes possible, and what is over, once an action is done.
const AFTER = {
  acknowledge: { over: ["acknowledge"], next: [] },
  depart: { over: ["acknowledge", "depart"], next: ["arrive", "return", "well"] },
  arrive: { over: ["arrive"], next: [] },
  return: { over: ["acknowledge", "arrive", "return", "well"], next: ["free"] },
  free: { over: ["free"], next: [] },
};
const SIGNS = { connected: "●", connecting: "○", offline: "▲", revoked: "■" };

const $ = (id) => document.getElementById(id);
const shown = (element, isShown) => { element.hidden = !isShown; };

let pending = []; // actions that wait to be sent, oldest first
let refused = [];
let helpAt = null;
let photoPlace = null;
let positionRefused = null;

// --- what is so, counting what the control room does not know yet -------------------------------

function told() {
  return [...link.settled, ...pending];
}

function timeOf(action, known) {
  const own = told().filter((one) => one.action === action).at(-1);
  return own ? Date.parse(own.at) : known ? Date.parse(known) : null;
}

function possible() {
  const next = new Set(link.duty ? link.duty.next : []);
  for (const { action } of told()) {
    const { over, next: then } = AFTER[action] || { over: [], next: [] };
    over.forEach((one) => next.delete(one));
    then.forEach((one) => next.add(one));
  }
  return next;
}

// --- drawing -----------------------------------------------------------------------------------

let drawing = false;

// Several changes in one moment are drawn once.
function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(async () => {
    drawing = false;
    pending = await sending.waitingActions();
    refused = (await store.get("refused")) || [];
    helpAt = (await store.get("help")) || null;
    photoPlace = (await store.get("photo")) || null;
    draw();
  });
}

function draw() {
  const order = link.duty ? link.duty.order : null;
  const age = link.seenAt === null ? null : (Date.now() - link.seenAt) / 1000;
  document.title = link.unit ? `${link.unit} · Sigap` : "Sigap Regu";
  $("unit").textContent = link.unit || t("title");
  $("link").textContent = sending.isPaired() ? `${SIGNS[link.state]} ${t(link.state)}` : "";
  $("link").className = link.state;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  $("language").textContent = t("language");
  $("language").setAttribute("aria-label", t("language_hint"));
  $("help").textContent = t("help");
  drawTrouble(order);
  drawHelp();
  drawOrder(order, age);
  drawSteps(order);
  drawState();
}

function drawTrouble(order) {
  const ready = sending.isPaired() && link.state !== "revoked";
  const words = !sending.isPaired() ? ["no_token", "no_token_text"]
    : link.state === "revoked" ? ["revoked", "revoked_text"]
    : link.duty && !order ? ["returning", "returning_text"]
    : !order && link.seenAt !== null ? ["no_order", "no_order_text"]
    : !order ? [link.state, null] : null;
  shown($("trouble"), words !== null);
  shown($("pairing"), !ready);
  shown($("call"), ready && !order);
  if (!words) return;
  $("trouble_title").textContent = t(words[0]);
  $("trouble_text").textContent = words[1] ? t(words[1]) : "";
}

function drawHelp() {
  const waits = pending.some((one) => one.action === "help");
  const isFresh = helpAt !== null && sending.now() - helpAt < 3600e3;
  shown($("help_state"), waits || isFresh);
  $("help_state").classList.toggle("late", waits);
  if (waits) $("help_state").textContent = t("help_waits");
  else if (isFresh) $("help_state").textContent = t("help_sent", { time: clock(helpAt) });
}

function drawOrder(order, age) {
  shown($("order"), order !== null);
  shown($("tell"), order !== null);
  if (!order) return;
  const { way } = order;
  $("priority").textContent = order.priority ? `P${order.priority}` : "P?";
  $("priority").className = `priority p${order.priority || 0}`;
  $("type").textContent = order.type_label || "?";
  $("call_no").textContent = order.call_no;
  $("seen").textContent = age === null ? "" : age < 20 ? t("seen_now") : t("seen", { age: span(age) });
  $("seen").className = age !== null && age >= 60 ? "late" : "";
  $("place").textContent = order.place_text;
  $("where").textContent = [order.kelurahan || order.water_area, coordinates(order)].filter(Boolean).join(" · ");
  const minutes = (seconds) => Math.max(1, Math.round(seconds / 60));
  const legs = way.legs.map((leg) => (leg.method === "launch" ? t("launch")
    : `${t(`mode_${leg.mode}`)} ${(leg.distance_m / 1000).toFixed(1).replace(".", language() === "id" ? "," : ".")} km`));
  const timeOnRoad = timeOf("arrive", order.arrived_at) === null && way.eta_s !== null;
  $("eta").textContent = way.obstacle ? t("no_way", { why: way.obstacle })
    : timeOnRoad ? [
      t("eta", { low: minutes(way.eta_low_s), high: minutes(way.eta_high_s) }),
      ...(way.is_estimate ? [t("eta_estimate")] : []), legs.join(" → "),
    ].join(" · ") : "";
  const placed = order.lon !== null;
  shown($("map"), placed);
  shown($("attribution"), placed);
  shown($("open_map"), placed);
  $("attribution").textContent = order.attribution;
  if (placed) {
    $("open_map").href = `geo:${order.lat},${order.lon}?q=${order.lat},${order.lon}`;
    showMap($("map"), order, here);
  }
  drawFacts(order);
}

function coordinates({ lon, lat }) {
  return lon === null ? t("no_place") : `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

function drawFacts(order) {
  const facts = [
    [t("report_of"), order.narrative],
    order.victims_estimate === null ? null : ["", t("victims", { n: order.victims_estimate })],
    [t("pier"), order.pier?.name],
    [t("hospital"), order.hospital?.name],
    [t("note"), order.plan_note],
    [t("commander"), order.commander],
    [t("others"), order.others.map((one) => `${one.unit_code} (${one.status_label})`).join(", ")],
    [t("station"), order.station.name],
  ].filter((fact) => fact && fact[1]);
  $("facts").replaceChildren(...facts.flatMap(([name, value]) => {
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    words.textContent = value;
    return name ? [term, words] : [words];
  }));
}

function drawSteps(order) {
  const next = possible();
  shown($("actions"), sending.isPaired() && (link.duty !== null || pending.length > 0));
  const times = order ? {
    acknowledge: order.acknowledged_at, depart: order.departed_at, arrive: order.arrived_at,
  } : {};
  const upcoming = STEPS.find((action) => next.has(action));
  for (const button of document.querySelectorAll("[data-action]")) {
    const { action } = button.dataset;
    const at = timeOf(action, times[action]);
    const small = document.createElement("small");
    small.textContent = at === null ? "" : t("done_at", { time: clock(at) });
    button.replaceChildren(t(action), ...(at === null ? [] : [small]));
    button.disabled = !next.has(action);
    button.classList.toggle("next", action === upcoming);
    button.classList.toggle("done", at !== null);
  }
  $("help").disabled = link.lastCall === null;
  $("well").disabled = !next.has("well");
}

function drawState() {
  shown($("state"), sending.isPaired());
  $("queue").textContent = link.waiting ? `▲ ${t("waiting", { n: link.waiting })}` : `✓ ${t("sent")}`;
  $("queue").className = link.waiting ? "late" : "faint";
  const words = {
    off: () => t("position_off"),
    insecure: () => t("position_insecure"),
    denied: () => t("position_denied"),
    failed: () => t("position_failed"),
    search: () => t("position_search"),
    on: () => (positionRefused ? t("position_refused", { why: positionRefused })
      : link.state !== "connected" && link.fixes ? t("position_kept", { n: link.fixes })
      : t("position_on", { accuracy: Math.round(here.accuracy), age: span((Date.now() - here.at) / 1000) })),
  };
  $("position").textContent = words[here.state]();
  shown($("position_start"), here.state === "off");
  shown($("no_offline"), !window.isSecureContext);
  shown($("refused"), refused.length > 0);
  $("refused_list").replaceChildren(...refused.map(({ action, why, at }) => {
    const line = document.createElement("li");
    line.textContent = `${clock(at)} ${t(action)}: ${why}`;
    return line;
  }));
  shown($("photo_place"), photoPlace !== null);
  if (photoPlace) $("photo_place_text").textContent = t("photo_place", { place: coordinates(photoPlace) });
}

// --- doing -------------------------------------------------------------------------------------

function act(action, more = {}) {
  const call = link.duty?.order?.call_no || link.lastCall;
  const at = here.lon !== null && Date.now() - here.at < 120e3 ? { lon: here.lon, lat: here.lat } : {};
  return sending.act(action, { ...(call && action !== "free" ? { call_no: call } : {}), ...at, ...more });
}

function listen() {
  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => {
      // At once: a second press of a wet glove must not be a second action.
      button.disabled = true;
      act(button.dataset.action);
    });
  }
  $("help").addEventListener("click", () => $("help_dialog").showModal());
  $("help_no").addEventListener("click", () => $("help_dialog").close());
  $("help_yes").addEventListener("click", () => {
    $("help_dialog").close();
    act("help");
  });
  $("well").addEventListener("click", () => act("well"));
  $("chips").append(...CHIPS.map((key) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.dataset.t = key;
    chip.addEventListener("click", () => {
      const text = $("sitrep").value.trim();
      $("sitrep").value = text ? `${text}. ${t(key)}` : t(key);
    });
    return chip;
  }));
  $("sitrep_send").addEventListener("click", () => {
    const text = $("sitrep").value.trim();
    if (!text) return $("sitrep").focus();
    $("sitrep").value = "";
    return act("sitrep", { text });
  });
  $("photo").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    const photo = file.size > MOST_PHOTO ? await smaller(file) : file;
    target.value = "";
    if (photo) await sending.addPhoto(photo, link.duty?.order?.call_no);
    else await note("photo", t("photo_big"));
  });
  $("photo_use").addEventListener("click", async () => {
    const { lon, lat, callNo } = photoPlace;
    await store.set("photo", null);
    const text = t("photo_report", { place: coordinates(photoPlace) });
    await act("sitrep", { text, lon: undefined, lat: undefined, ...(callNo ? { call_no: callNo } : {}) });
  });
  $("photo_drop").addEventListener("click", async () => {
    await store.set("photo", null);
    redraw();
  });
  $("refused_close").addEventListener("click", async () => {
    await store.set("refused", []);
    redraw();
  });
  $("position_start").addEventListener("click", start);
  $("language").addEventListener("click", async () => {
    speak(language() === "id" ? "en" : "id");
    await store.set("language", language());
    redraw();
  });
  $("pairing").addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = $("token").value.trim().split("#").at(-1);
    shown($("token_bad"), !TOKEN.test(given));
    if (TOKEN.test(given)) await pairWith(given);
  });
  addEventListener("hashchange", takeFragment);
  addEventListener("online", () => tick());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());
}

async function note(action, why) {
  await store.set("refused", [...((await store.get("refused")) || []), { action, why, at: Date.now() }]);
  redraw();
}

// A photo over the limit, made smaller; what the camera wrote into it is lost with that.
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const share = Math.min(1, 3000 / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(picture.width * share), Math.round(picture.height * share)];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size <= MOST_PHOTO ? new File([blob], file.name || "foto", { type: blob.type }) : null;
  } catch {
    return null;
  }
}

async function pairWith(token) {
  await sending.pair(token);
  $("token").value = "";
  redraw();
  prepare(redraw);
  await tick();
}

// The token is taken out of the address, so that nobody sees or sends it on by accident.
async function takeFragment() {
  const given = location.hash.slice(1);
  if (!given) return;
  history.replaceState(null, "", location.pathname);
  if (TOKEN.test(given)) await pairWith(given);
}

// --- the two beats -----------------------------------------------------------------------------

let ticking = false;

async function tick() {
  if (ticking || !sending.isPaired()) return;
  ticking = true;
  try {
    await sending.readOrder();
    if (link.state === "connected") {
      sending.send();
      positionRefused = await sending.sendFixes();
    }
  } finally {
    ticking = false;
    redraw();
  }
}

async function main() {
  try {
    speak((await store.get("language")) || "id");
    await sending.begin(redraw);
  } catch {
    speak("id");
    $("trouble_title").textContent = t("no_store");
    shown($("trouble"), true);
    return;
  }
  listen();
  redraw();
  if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/regu/sw.js", { scope: "/regu/" });
  navigator.storage?.persist?.();
  await takeFragment();
  // A phone that is nobody's is not watched.
  if (sending.isPaired()) prepare(redraw);
  await tick();
  setInterval(tick, ORDER_MS);
  setInterval(async () => {
    if (link.state !== "connected" || !link.fixes) return;
    positionRefused = await sending.sendFixes();
  }, FIXES_MS);
}

main();
