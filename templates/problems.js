(() => {
  const q = document.getElementById("q");
  if (!q) return;
  const severity = document.getElementById("severity");
  const rules = [...document.querySelectorAll("[data-rule]")].map(el => ({
    el,
    head: el.querySelector("header").textContent.toLowerCase(),
    items: [...el.querySelectorAll("li")].map(li => ({el: li, text: li.textContent.toLowerCase()})),
  }));
  const show = () => {
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const rule of rules) {
      const wanted = !severity.value || rule.el.classList.contains(severity.value);
      let any = false;
      for (const item of rule.items) {
        const hit = wanted && words.every(w => item.text.includes(w) || rule.head.includes(w));
        item.el.hidden = !hit;
        if (hit) { any = true; found += 1; }
      }
      rule.el.hidden = !any;
    }
    document.getElementById("none").hidden = found > 0;
    document.getElementById("shown").textContent = words.length || severity.value ? found.toLocaleString("en") + " shown" : "";
  };
  document.querySelector(".find").addEventListener("submit", event => event.preventDefault());
  q.addEventListener("input", show);
  severity.addEventListener("change", show);
})();
