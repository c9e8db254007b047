// Clocks that count by themselves. The server sends start and due once; a correction for a browser whose
// own clock is wrong comes with each message (`now`, the server's milliseconds).
function sigapSpan(seconds) {
  const s = Math.floor(Math.abs(seconds));
  const pad = (n) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
}

function sigapClock(clock, nowMs, words) {
  // clock: {due, target, soon}: milliseconds, seconds, share of the standard; words: {safe, soon, late}
  const left = (clock.due - nowMs) / 1000;
  const elapsed = clock.target - left;
  const urgency = left < 0 ? "late" : elapsed > clock.soon * clock.target ? "soon" : "safe";
  return { urgency, text: (left < 0 ? "+" : "") + sigapSpan(left), word: words[urgency] };
}

function sigapTicker(parent, draw) {
  const stop = () => { clearInterval(parent.sigapTimer); parent.sigapTimer = null; };
  stop();
  draw();
  parent.sigapTimer = setInterval(draw, 500);
  return stop;
}
