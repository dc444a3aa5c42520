// Shows the lines with all words of the filter, and loads the page again now and
// then with what was open and typed as it was.
(() => {
  const lines = [...document.querySelectorAll('#lines > *')];
  const box = document.getElementById('filter');
  const input = box?.querySelector('input');
  const text = (line) => (line.querySelector('summary') ?? line).textContent.toLowerCase();
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const line of lines) line.hidden = !words.every((word) => text(line).includes(word));
    const shown = lines.filter((line) => !line.hidden).length;
    box.querySelector('output').textContent = words.length ? `${shown} of ${lines.length}` : '';
  };
  const open = (id) => document.getElementById(id)?.closest('details')?.setAttribute('open', '');
  const follow = () => open(decodeURIComponent(location.hash.slice(1)));
  const key = `prisma_exporter ${location.pathname}${location.search}`;
  const before = JSON.parse(sessionStorage.getItem(key) ?? '{}');
  sessionStorage.removeItem(key);
  if (before.open) before.open.forEach(open);
  else follow();
  if (box) {
    input.value = before.filter ?? '';
    box.hidden = lines.length < 2;
    input.addEventListener('input', show);
    show();
  }
  addEventListener('hashchange', follow);
  document.getElementById('refresh').hidden = false;
  setInterval(() => {
    if (document.hidden || document.activeElement !== document.body || String(getSelection())) return;
    const ids = [...document.querySelectorAll('details[open]')].map((one) => one.id);
    sessionStorage.setItem(key, JSON.stringify({ open: ids, filter: input?.value }));
    location.reload();
  }, 15000);
})();
