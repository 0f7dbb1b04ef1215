(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PER_PAGE = 100, size = data.ref.length;
  const id = name => document.getElementById(name);
  const word = column => i => column.rows[i] < 0 ? "" : column.values[column.rows[i]];
  const amount = column => i => {
    const [whole, rest] = column[i].replace("-", "").split(".");
    const parts = [];
    for (let end = whole.length, step = data.sizes[0]; end > 0; end -= step, step = parts.length > 0 ? data.sizes[1] : step)
      parts.unshift(whole.slice(Math.max(0, end - step), end));
    return (column[i].startsWith("-") ? "-" : "") + parts.join(data.group) + (rest ? data.decimal + rest : "");
  };
  const collator = new Intl.Collator("en", {numeric: true});
  const byRank = values => {
    const order = [...values.keys()].sort((a, b) => collator.compare(values[a], values[b])), rank = [];
    order.forEach((at, place) => { rank[at] = place; });
    return rank;
  };
  const coded = (column, keys) => { let rank; return i => (rank ??= byRank(keys), column.rows[i] < 0 ? -1 : rank[column.rows[i]]); };
  const text = values => { let rank; return i => (rank ??= byRank(values))[i]; };
  const number = values => { let found; return i => (found ??= Float64Array.from(values, Number))[i]; };
  const columns = [
    {title: "Reference", show: i => data.ref[i], key: text(data.ref), link: true, css: "id"},
    {title: "Number", show: i => data.number[i], key: text(data.number), css: "id", only: data.number.some(Boolean)},
    {title: "Customer", show: word(data.customer), key: coded(data.customer, data.customer.values), css: "name"},
    {title: "Date", show: i => word(data.date)(i) + (data.planned[i] ? " *" : ""), key: coded(data.date, data.date.keys), hint: i => data.planned[i] ? "planned; the date is set when final" : ""},
    {title: "Due", show: word(data.due), key: coded(data.due, data.due.keys)},
    {title: "Currency", show: word(data.currency), key: coded(data.currency, data.currency.values)},
    {title: "Net", show: amount(data.net), key: number(data.net), css: "num"},
    {title: "Tax", show: amount(data.tax), key: number(data.tax), css: "num"},
    {title: "With tax", show: amount(data.gross), key: number(data.gross), css: "num"},
    {title: "Status", show: word(data.status), key: coded(data.status, data.status.values)},
    {title: "Approval", show: word(data.approval), key: coded(data.approval, data.approval.values)},
    {title: "Warnings", show: i => data.warnings[i] || "", key: number(data.warnings), css: "num", only: data.warnings.some(Boolean)},
  ].filter(column => column.only !== false);

  let haystack, order = Array.from({length: size}, (_, i) => i), shown = order, page = 0, sorted = null, falling = false;
  const stack = () => haystack ??= Array.from({length: size}, (_, i) =>
    [data.ref[i], data.number[i], word(data.customer)(i), word(data.date)(i), word(data.due)(i), word(data.currency)(i), data.net[i], data.gross[i],
      amount(data.net)(i), amount(data.gross)(i)].join("\n").toLowerCase());

  const picks = [["status", "All statuses"], ["approval", "All approvals"], ["currency", "All currencies"]]
    .filter(([name]) => data[name].values.length > 1)
    .map(([name, all]) => {
      const select = document.createElement("select");
      select.setAttribute("aria-label", all);
      select.append(new Option(all, "-1"), ...data[name].values.map((value, code) => new Option(value, code)));
      select.addEventListener("change", () => find());
      return {column: data[name].rows, select};
    });
  id("filters").append(...picks.flatMap(pick => [pick.select, " "]));
  if (data.warnings.some(Boolean)) {
    const select = document.createElement("select");
    select.setAttribute("aria-label", "With or without warnings");
    select.append(new Option("With and without warnings", "-1"), new Option("With warnings", "1"), new Option("Without warnings", "0"));
    select.addEventListener("change", () => find());
    picks.push({column: data.warnings.map(n => n ? 1 : 0), select});
    id("filters").append(select);
  }

  const find = () => {
    const words = id("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const set = picks.map(p => [p.column, Number(p.select.value)]).filter(([, code]) => code >= 0);
    const text = words.length ? stack() : null;
    shown = words.length || set.length
      ? order.filter(i => set.every(([column, code]) => column[i] === code) && words.every(w => text[i].includes(w)))
      : order;
    id("shown").textContent = shown.length === size ? size.toLocaleString("en") + (size === 1 ? " invoice" : " invoices")
      : shown.length.toLocaleString("en") + " of " + size.toLocaleString("en");
    page = 0;
    draw();
  };

  const cell = (column, i) => {
    const td = document.createElement("td");
    if (column.css) td.className = column.css;
    const value = column.show(i);
    if (column.hint && column.hint(i)) td.title = column.hint(i);
    if (column.css === "id") td.title = value;
    if (!column.link) { td.textContent = value; return td; }
    const a = document.createElement("a");
    a.href = "invoices/" + data.page[i];
    a.textContent = value;
    td.append(a);
    return td;
  };

  const draw = () => {
    const last = Math.max(0, Math.ceil(shown.length / PER_PAGE) - 1), from = page * PER_PAGE;
    const part = shown.slice(from, from + PER_PAGE);
    const rows = part.map(i => { const tr = document.createElement("tr"); tr.append(...columns.map(c => cell(c, i))); return tr; });
    if (!rows.length) {
      const tr = document.createElement("tr"), td = document.createElement("td");
      td.colSpan = columns.length; td.className = "none"; td.textContent = size ? "No invoice has these words." : "There are no invoices.";
      tr.append(td); rows.push(tr);
    }
    id("rows").replaceChildren(...rows);
    id("range").textContent = part.length ? (from + 1).toLocaleString("en") + " to " + (from + part.length).toLocaleString("en") + " of " + shown.length.toLocaleString("en")
      + (part.some(i => data.planned[i]) ? " · * planned; the date is set when final" : "") : "";
    id("first").disabled = id("back").disabled = page === 0;
    id("next").disabled = id("last").disabled = page >= last;
  };

  const sort = column => {
    falling = sorted === column && !falling;
    sorted = column;
    const sign = falling ? -1 : 1;
    order = Array.from({length: size}, (_, i) => i).sort((a, b) => sign * (column.key(a) - column.key(b)) || a - b);
    columns.forEach(c => c === column ? c.th.setAttribute("aria-sort", falling ? "descending" : "ascending") : c.th.removeAttribute("aria-sort"));
    find();
  };

  id("heads").append(...columns.map(column => {
    const th = document.createElement("th"), button = document.createElement("button");
    th.scope = "col";
    if (column.css === "num") th.className = "num";
    button.type = "button";
    button.textContent = column.title;
    button.addEventListener("click", () => sort(column));
    th.append(button);
    column.th = th;
    return th;
  }));
  const turn = (button, to) => id(button).addEventListener("click", () => { page = to(); draw(); });
  turn("first", () => 0);
  turn("back", () => page - 1);
  turn("next", () => page + 1);
  turn("last", () => Math.max(0, Math.ceil(shown.length / PER_PAGE) - 1));
  document.querySelector(".find").addEventListener("submit", event => event.preventDefault());
  let wait;
  id("q").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(find, 120); });
  find();
})();
