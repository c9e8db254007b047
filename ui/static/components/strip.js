export default function (component) {
  const { data, parentElement } = component;
  const list = parentElement.querySelector(".steps");
  const skew = data.now - Date.now();

  while (list.children.length < data.steps.length) {
    const cell = document.createElement("div");
    for (const name of ["no", "name", "figure", "word"]) {
      const part = document.createElement("span");
      part.className = name;
      cell.append(part);
    }
    list.append(cell);
  }
  const set = (cell, name, text) => {
    const part = cell.querySelector(`.${name}`);
    if (part.textContent !== text) part.textContent = text;
  };

  return sigapTicker(parentElement, () => {
    const now = Date.now() + skew;
    data.steps.forEach((step, n) => {
      const cell = list.children[n];
      const shown = step.clock ? sigapClock(step.clock, now, data.words) : null;
      cell.className = `step ${step.state} ${shown ? shown.urgency : step.urgency || ""}`;
      cell.title = step.title;
      set(cell, "no", String(step.no));
      set(cell, "name", step.name);
      set(cell, "figure", shown ? shown.text : step.took);
      set(cell, "word", shown ? shown.word : step.word);
    });
  });
}
