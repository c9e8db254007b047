// One sound for the whole window: it stays on while somebody goes from screen to screen. A browser lets a
// page be heard only after a press on it, so there is a button, and it says whether sound is on.
function sigapSound() {
  return (window.sigapSound ||= { audio: null, heard: null, known: new Set(), last: 0, tones: 0, timer: null });
}

const HEARD = "sigap-heard-calls";

function sigapTone(audio, pitches) {
  pitches.forEach((pitch, n) => {
    const start = audio.currentTime + 0.02 + n * 0.24;
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.35, start + 0.02);
    loudness.gain.linearRampToValueAtTime(0, start + 0.2);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.22);
  });
}

export default function (component) {
  const { data, parentElement } = component;
  const sound = sigapSound();
  const power = parentElement.querySelector(".power");
  const calls = parentElement.querySelector(".calls");
  // What somebody at this browser acknowledged stays so after a reload; a call that nobody did is news again.
  sound.heard ||= new Set(JSON.parse(localStorage.getItem(HEARD) || "[]"));
  const fresh = () => data.calls.filter((call) => !sound.heard.has(call));
  const isOn = () => sound.audio !== null && sound.audio.state === "running";

  function show() {
    const word = isOn() ? data.words.on : data.words.off;
    if (power.textContent !== word) power.textContent = word;
    power.setAttribute("aria-pressed", String(isOn()));
    const n = fresh().length;
    const text = n ? data.words.calls.replace("{n}", n) : "";
    if (calls.textContent !== text) calls.textContent = text;
    calls.hidden = n === 0;
  }

  function look() {
    show();
    const things = [...data.alarms, ...fresh()];
    for (const known of sound.known) if (!things.includes(known)) sound.known.delete(known);
    if (!isOn() || things.length === 0) return;
    const isNews = things.some((thing) => !sound.known.has(thing));
    if (!isNews && Date.now() - sound.last < data.repeat_ms) return;
    things.forEach((thing) => sound.known.add(thing));
    sound.last = Date.now();
    sound.tones += 1;
    sigapTone(sound.audio, data.alarms.length ? [880, 660, 880] : [660, 880]);
  }

  power.onclick = async () => {
    // Asked before there is a context: one that is made in a press runs at once.
    const turnOff = isOn();
    sound.audio ||= new AudioContext();
    await (turnOff ? sound.audio.suspend() : sound.audio.resume());
    look();
  };
  calls.onclick = () => {
    fresh().forEach((call) => sound.heard.add(call));
    localStorage.setItem(HEARD, JSON.stringify([...sound.heard].slice(-200)));
    look();
  };

  // Of two screens that overlap while one leaves, the newer one rings.
  clearInterval(sound.timer);
  const timer = (sound.timer = setInterval(look, 1000));
  look();
  return () => clearInterval(timer);
}
