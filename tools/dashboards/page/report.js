// What draw.mjs wants to know of the page.
const report = { waiting: 0, ready: false, panels: [], problems: [], links: [], lanes: {}, collapsedRows: 0 };
window.report = report;

export default report;

/** problem notes what no panel is to blame for. */
export function problem(what, message) {
  report.problems.push({ what, message });
}

/** link notes where a link leads, as it is once its variables have values. */
export function link(from, title, url) {
  report.links.push({ from, title, url });
}

const drawnIn = (canvas) => {
  if (!canvas.width || !canvas.height) return false;
  return canvas
    .getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height)
    .data.some((byte) => byte !== 0);
};

const needsDrawing = new Set(['gauge', 'state-timeline', 'timeseries']);

/** blank tells whether a panel shows neither a drawing nor, where that is enough, a word. */
report.blank = ({ id, type }) => {
  const content = document.querySelector(`[data-panel="${id}"]`);
  if (!content || [...content.querySelectorAll('canvas')].some(drawnIn)) return false;
  return needsDrawing.has(type) || (content.innerText.trim() === '' && !content.querySelector('img, svg'));
};

/** table is what a person sees of one: its columns, and the cells of its first page with whether they are cut. */
report.table = (id) => {
  const grid = document.querySelector(`[data-panel="${id}"] [role="grid"]`);
  if (!grid) return undefined;
  const edge = grid.getBoundingClientRect().right + 1;
  const overflows = (element) =>
    element.scrollWidth > element.clientWidth + 1 || (element.clientHeight > 0 && element.scrollHeight > element.clientHeight + 2);
  const cell = (element) => ({
    column: Number(element.ariaColIndex ?? element.getAttribute('aria-colindex')),
    text: element.innerText.trim(),
    cut: element.getBoundingClientRect().right > edge || [element, ...element.querySelectorAll('*:not(svg, svg *)')].some(overflows),
  });
  const columns = [...grid.querySelectorAll('[role="columnheader"]')].map(cell);
  const rows = [...grid.querySelectorAll('[role="row"]')].map((row) => [...row.querySelectorAll('[role="gridcell"]')].map(cell)).filter((row) => row.length);
  const name = new Map(columns.map(({ column, text }) => [column, text]));
  return { columns: columns.map(({ text, cut }) => ({ text, cut })), rows: rows.map((row) => row.map((one) => ({ ...one, column: name.get(one.column) }))) };
};
