// The search page: looks up what the reader writes in an index that came with the page, and asks nobody.
// Every address in a result is the index's own; what the reader writes becomes text and never part of a link.
"use strict";

const MOST = 60; // results that are shown
const OPEN = 8; // of a kind at once; the others are behind a summary
const FILLING = new Set("a an and are as at be by did do does for from had has have how i if in is it many much my of on or should that the their there this to was were what when where which who whom whose why will with would".split(" "));

const { documents, names, weights } = globalThis.cartkb; // names: groups of what one thing is called
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const words = (text) => plain(text).match(/[\p{L}\p{N}+]+/gu) ?? [];
const asPhrase = (text) => ` ${words(text).join(" ")} `;

let phrases;
const groups = () => (phrases ??= names.map((group) => [...new Set(group.map(asPhrase))].filter((name) => name.trim())));
const options = {
  fields: ["title", "names", "text"],
  tokenize: words,
  processTerm: (term) => (FILLING.has(term) ? null : term),
  searchOptions: {
    boost: { title: 3, names: 2 },
    boostDocument: (id) => weights[documents[id][1]] ?? 1,
    prefix: (term) => term.length > 2,
    fuzzy: (term) => (term.length > 3 && !/\d/.test(term) ? 0.25 : false),
  },
};

let made; // only once the reader comes to the field, as it takes a telephone most of a second
function engine() {
  if (!made) {
    made = new MiniSearch(options);
    made.addAll(documents.map(([, , title, numbers, text], id) => ({ id, title, text, names: numbers.flatMap((number) => names[number]).join("; ") })));
  }
  return made;
}

// The query with each name in it replaced by the other names of the same thing; the end of a long word may differ.
function variants(query) {
  const phrase = words(query).reduce((whole, word) => {
    const longer = word.length > 5 && groups().flat().find((name) => name.startsWith(` ${word}`) && name.split(" ").length === 3);
    return `${whole}${longer ? longer.trim() : word} `;
  }, " ");
  const found = new Set();
  for (const group of groups()) {
    for (const name of group) {
      if (phrase.includes(name)) group.forEach((other) => other !== name && found.add(phrase.replace(name, other).trim()));
    }
  }
  return [...found].slice(0, 12);
}

function look(query) {
  const queries = [{ queries: [query], combineWith: "OR" }];
  for (const other of variants(query)) queries.push({ queries: [other], combineWith: "OR", boost: { title: 2, names: 1.5 }, fuzzy: false });
  return engine().search({ combineWith: "OR", queries }).slice(0, MOST);
}

function line(result) {
  const [address, , title, , text] = documents[result.id];
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = title;
  const told = document.createElement("span");
  told.className = "quiet";
  told.textContent = text.length > 140 ? `${text.slice(0, 140)}…` : text;
  item.append(link, " ", told);
  return item;
}

function list(results) {
  const whole = document.createElement("ul");
  whole.append(...results.map(line));
  return whole;
}

function section(kind, results) {
  const whole = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = `${kind} (${results.length})`;
  whole.append(heading, list(results.slice(0, OPEN)));
  if (results.length > OPEN) {
    const more = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = `${results.length - OPEN} more`;
    more.append(summary, list(results.slice(OPEN)));
    whole.append(more);
  }
  return whole;
}

const field = document.getElementById("query");
const shown = document.getElementById("results");
const said = document.getElementById("found");

function show() {
  const query = field.value.trim();
  const results = query ? look(query) : [];
  const kinds = new Map();
  for (const result of results) {
    const kind = documents[result.id][1];
    kinds.set(kind, [...(kinds.get(kind) ?? []), result]);
  }
  shown.replaceChildren(...[...kinds].map(([kind, own]) => section(kind, own)));
  if (!query) said.textContent = "";
  else if (!results.length) said.textContent = "Nothing found. Try another word, or look from A to Z.";
  else said.textContent = `${results.length === MOST ? `The best ${MOST}` : results.length} found, in ${kinds.size} kinds.`;
}

// Arrow keys go from the field to the results and through them.
document.getElementById("search").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [field, ...[...shown.querySelectorAll("a, summary")].filter((stop) => stop.checkVisibility?.() ?? true)];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

let waiting;
field.addEventListener("focus", engine, { once: true });
field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 120);
});
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
field.value = new URLSearchParams(location.search).get("q") ?? "";
show();
