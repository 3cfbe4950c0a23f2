// Filters, sorting and downloads for the tables of a page. Without this script each table is simply whole.
"use strict";

const FEWEST = 4; // rows; a smaller table is read at a glance
const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
const make = (name, properties) => Object.assign(document.createElement(name), properties);

// Numbers before words, and nothing last: "2 of 27" counts as 2, "1,000" as 1000.
function compare(a, b) {
  const [one, other] = [a, b].map((value) => Number.parseFloat(value.replace(/(?<=\d),(?=\d{3})/g, "")));
  if (!a || !b) return Number(!a) - Number(!b);
  if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other);
  return one - other || order.compare(a, b);
}

function download(name, type, content) {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([content], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

class Table {
  constructor(table, number) {
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.headings = [...table.tHead.rows[0].cells];
    this.names = this.headings.map(text);
    this.read = new Map(); // the texts of rows, read when somebody first asks for them
    this.stem = `${document.title.split(" · ")[0]} ${number + 1}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    this.addTools(table, number);
    this.headings.forEach((heading, column) => this.addSorting(heading, column));
    this.tell();
  }

  values(row) {
    if (!this.read.has(row)) this.read.set(row, [...row.cells].map(text));
    return this.read.get(row);
  }

  tell() {
    this.count.textContent = `${this.shown().length} of ${this.rows.length} rows`;
  }

  addTools(table, number) {
    const tools = make("div", { className: "tools" });
    const field = make("input", { type: "search", id: `filter-${number}`, autocomplete: "off" });
    const label = make("label", { htmlFor: field.id, textContent: "Filter rows" });
    this.count = make("output", { htmlFor: field.id });
    field.addEventListener("input", () => this.filter(field.value));
    tools.append(label, field, this.count, this.sortingWithoutHeadings(number));
    for (const kind of ["CSV", "JSON"]) {
      const button = make("button", { type: "button", textContent: kind });
      button.setAttribute("aria-label", `Download these rows as ${kind}`);
      button.addEventListener("click", () => this.save(kind));
      tools.append(button);
    }
    (table.closest(".scroll") ?? table).before(tools);
  }

  addSorting(heading, column) {
    if (!this.names[column]) return;
    const button = make("button", { type: "button", className: "sort" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      this.sort(column, { ascending: "descending", descending: "" }[before] ?? "ascending");
    });
  }

  // Where the screen is narrow a table is stacked and shows no headings to press, so a list offers them.
  sortingWithoutHeadings(number) {
    const label = make("label", { className: "narrow", textContent: "Sort by " });
    const list = make("select", { id: `sort-${number}` });
    list.append(new Option("as written", "0"));
    this.names.forEach((name, column) => {
      if (name) list.append(...["ascending", "descending"].map((way) => new Option(`${name}, ${way}`, `${column} ${way}`)));
    });
    list.addEventListener("change", () => {
      const [column, direction] = list.value.split(" ");
      this.sort(Number(column), direction ?? "");
    });
    label.append(list);
    return label;
  }

  sort(column, direction) {
    this.headings.forEach((other) => other.removeAttribute("aria-sort"));
    if (direction) this.headings[column].setAttribute("aria-sort", direction);
    const sign = direction === "descending" ? -1 : 1;
    const value = (row) => this.values(row)[column] ?? "";
    const sorted = direction ? [...this.rows].sort((a, b) => sign * compare(value(a), value(b))) : this.rows;
    this.body.append(...sorted);
  }

  filter(query) {
    const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.rows) {
      const all = this.values(row).join(" ").toLowerCase();
      row.hidden = !wanted.every((word) => all.includes(word));
    }
    this.tell();
  }

  shown() {
    return [...this.body.rows].filter((row) => !row.hidden);
  }

  save(kind) {
    const rows = this.shown().map((row) => this.values(row));
    if (kind === "CSV") {
      const lines = [this.names, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`);
      download(`${this.stem}.csv`, "text/csv", lines.join(""));
    } else {
      const objects = rows.map((row) => Object.fromEntries(this.names.map((name, column) => [name, row[column] ?? ""])));
      download(`${this.stem}.json`, "application/json", `${JSON.stringify(objects, null, 1)}\n`);
    }
  }
}

// Only tables whose rows stand alone: one row of headings, one body, no cell that spans others.
function standsAlone(table) {
  const rows = table.tBodies.length === 1 && table.tHead?.rows.length === 1 ? [...table.tBodies[0].rows] : [];
  const columns = table.tHead?.rows[0]?.cells.length;
  return rows.length >= FEWEST && rows.every((row) => row.cells.length === columns && !row.querySelector("[rowspan], [colspan]"));
}

[...document.querySelectorAll("main table")].filter(standsAlone).forEach((table, number) => new Table(table, number));
