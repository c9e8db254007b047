export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector(".board");
  const skew = data.now - Date.now();
  const known = new Map([...list.children].map((card) => [card.dataset.id, card]));

  const element = (name, className, parent) => {
    const made = document.createElement(name);
    made.className = className;
    parent.append(made);
    return made;
  };

  function makeCard(id) {
    const card = document.createElement("button");
    card.type = "button";
    card.dataset.id = id;
    card.className = "card";
    const priority = element("span", "priority", card);
    const body = element("span", "body", card);
    element("span", "title", body);
    element("span", "sub", body);
    const time = element("span", "time", card);
    element("span", "figure", time);
    element("span", "word", time);
    const strip = element("span", "strip", card);
    for (let n = 1; n <= 9; n++) element("i", "", strip);
    priority.textContent = "";
    return card;
  }

  data.rows.forEach((row, place) => {
    const card = known.get(row.id) || makeCard(row.id);
    known.delete(row.id);
    card.row = row;
    card.onclick = () => setTriggerValue("opened", row.id);
    const set = (selector, text) => {
      const part = card.querySelector(selector);
      if (part.textContent !== text) part.textContent = text;
    };
    set(".priority", row.priority);
    set(".title", row.title);
    set(".sub", row.sub);
    card.querySelectorAll(".strip i").forEach((segment, n) => {
      segment.className = row.steps[n];
      segment.title = row.step_words[n];
    });
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] || null);
  });
  known.forEach((card) => card.remove());

  return sigapTicker(parentElement, () => {
    const now = Date.now() + skew;
    for (const card of list.children) {
      const { clock } = card.row;
      const shown = clock ? sigapClock(clock, now, data.words) : { urgency: "safe", text: "–", word: data.words.none };
      const word = clock ? `${shown.word} · ${data.words.step} ${clock.step}` : shown.word;
      card.dataset.urgency = shown.urgency;
      const figure = card.querySelector(".figure");
      if (figure.textContent !== shown.text) figure.textContent = shown.text;
      const label = card.querySelector(".word");
      if (label.textContent !== word) label.textContent = word;
      const running = clock && card.querySelectorAll(".strip i")[clock.step - 1];
      if (running) running.className = `running ${shown.urgency}`;
    }
  });
}
