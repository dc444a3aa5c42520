// What somebody on call must see at once, held against what was drawn.
import { readFileSync } from 'node:fs';

/** expectations are by dashboard; see expectations.json. */
export const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * disappointments are the texts of what a drawn dashboard does not show.
 * labels asks Prometheus which values of a label the series of a query have.
 */
export async function disappointments(page, expected, labels) {
  const report = await page.evaluate(() => ({
    lanes: window.report.lanes,
    panels: window.report.panels.map(({ id, title, type }) => ({ id, title, type, table: window.report.table(id) })),
  }));
  const found = [];
  for (const one of expected) {
    const panel = report.panels.find(({ title, type }) => title === one.panel && type !== 'row');
    const complain = (message) => found.push([one.panel, message]);
    if (!panel) complain('is not there');
    else if (panel.table) table(panel.table, one, complain);
    const texts = panel?.table ? panel.table.rows.map((row) => row.map(({ text }) => text).join('\n')) : report.lanes[panel?.id];
    for (const { label, query } of panel ? (one.shows ?? []) : []) {
      const values = await labels(query, label);
      if (!values.length) complain(`nothing to look for: ${query}`);
      for (const value of values)
        if (!texts?.some((text) => text.includes(value))) complain(`${label} ${value} is not on the first page`);
    }
  }
  return found;
}

function table({ columns, rows }, { first = {}, whole = [], like = {} }, complain) {
  for (const [name, want] of Object.entries(first)) {
    const got = rows[0]?.find(({ column }) => column === name)?.text;
    if (got !== want) complain(`the first row has ${name} ${got}, not ${want}`);
  }
  for (const [name, pattern] of Object.entries(like)) {
    for (const { text } of rows.map((row) => row.find(({ column }) => column === name) ?? { text: 'nothing' }))
      if (!new RegExp(pattern).test(text)) complain(`${name} is ${text}, not like ${pattern}`);
  }
  for (const name of whole) {
    const head = columns.find(({ text }) => text === name);
    if (!head) complain(`there is no column ${name} to be seen`);
    else if (head.cut) complain(`the head of ${name} is cut`);
    for (const row of rows) {
      const one = row.find(({ column }) => column === name);
      if (one?.cut) complain(`${name} is cut: ${one.text}`);
    }
  }
}
