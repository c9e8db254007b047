export default function (component) {
  const { data, parentElement } = component;
  const figure = parentElement.querySelector(".figure");
  const word = parentElement.querySelector(".word");
  const box = parentElement.querySelector(".call");
  const skew = data.now - Date.now();
  parentElement.querySelector(".label").textContent = data.label;

  return sigapTicker(parentElement, () => {
    const now = Date.now() + skew;
    const shown = sigapClock(data, now, data.words);
    box.className = `call ${shown.urgency}`;
    figure.textContent = sigapSpan((now - data.start) / 1000);
    word.textContent = `${shown.word} ${shown.text}`;
  });
}
