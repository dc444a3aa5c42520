// usage: node draw.mjs MODULES DASHBOARD_DIR PROMETHEUS_URL OUT_DIR [WIDTH[xHEIGHT]...]
// draw.sh is how to start it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { disappointments, read } from './expect.mjs';
import { serve } from './serve.mjs';

const PATIENCE = 120_000; // ms, for the panels of one dashboard
const SETTLE = 500; // ms, for tables that measure themselves

const [modulesDir, dashboardDir, prometheus, out, ...sizes] = process.argv.slice(2);
const modules = join(modulesDir, 'node_modules');
const load = createRequire(join(modulesDir, 'package.json'));
const { RANGE, THEME = 'dark', VARS = '', SCRAPE_INTERVAL, ONLY = '', TIMEZONE = 'UTC', CHROMIUM, EXPECT } = process.env;
const expectations = EXPECT ? read(EXPECT) : {};
const TALLEST = Number(process.env.TALLEST ?? 16000); // pixels; Chromium has no picture higher than 16384

const dashboards = readdirSync(dashboardDir)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({ name: basename(file, '.json'), json: JSON.parse(readFileSync(join(dashboardDir, file), 'utf8')) }))
  .filter(({ json }) => Array.isArray(json.panels));
const drawn = dashboards.filter(({ name }) => name.includes(ONLY));
const windows = (sizes.length ? sizes : ['1600']).map((text) => {
  const [, width, height = 900] = text.match(/^(\d+)(?:x(\d+))?$/) ?? [];
  if (!width) stop(`${text} is no WIDTH or WIDTHxHEIGHT`);
  return { width: Number(width), height: Number(height) };
});

function stop(why) {
  console.error(why);
  process.exit(2);
}

function chromiumPath() {
  if (CHROMIUM) return CHROMIUM;
  for (const command of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
    } catch {
      /* the next one */
    }
  }
  return stop('no Chromium found; name it in CHROMIUM');
}

/** Findings are the lines to print: what, about which panel, at which widths. */
class Findings {
  #found = new Map();

  add(kind, dashboard, subject, message, width) {
    const key = [kind, dashboard, subject, message].join('\n');
    if (!this.#found.has(key)) this.#found.set(key, { kind, dashboard, subject, message, widths: new Set() });
    if (width) this.#found.get(key).widths.add(width);
  }

  print(all) {
    for (const { kind, dashboard, subject, message, widths } of this.#found.values()) {
      const only = widths.size && widths.size < all ? ` (at ${[...widths].join(', ')})` : '';
      console.log(`${kind}\t${dashboard}\t${subject}\t${message.replace(/\s+/g, ' ')}${only}`);
    }
  }

  get errors() {
    return [...this.#found.values()].filter(({ kind }) => kind === 'error' || kind === 'expected').length;
  }
}

const findings = new Findings();
const links = new Map();
let pictures = 0;

// Panels as the page reports them, and those that look empty though they are not reported so.
async function judge(page, name, width) {
  const {
    panels,
    problems,
    links: found,
  } = await page.evaluate(() => ({
    ...window.report,
    panels: window.report.panels.map((panel) => ({ ...panel, blank: window.report.blank(panel) })),
  }));
  for (const { title, type, state, message = '', blank } of panels) {
    const subject = `${title} (${type})`;
    if (state === 'error') findings.add('error', name, subject, message, width);
    else if (state === 'empty') findings.add('empty', name, subject, message, width);
    else if (!state) findings.add('error', name, subject, 'was not drawn in time', width);
    else if (blank) findings.add('error', name, subject, 'has data and drew nothing', width);
  }
  for (const { what, message } of problems) findings.add(message === 'has no values' ? 'empty' : 'error', name, what, message, width);
  for (const link of found) links.set([name, link.from, link.title].join('\n'), { name, ...link });
}

// A link within the set must lead to a dashboard that is there, and set variables that it has.
function followLinks() {
  for (const { name, from, title, url } of links.values()) {
    const subject = `${from}: ${title}`;
    if (/\$\{?\w/.test(url.replaceAll('$__all', ''))) findings.add('error', name, subject, `has a variable without a value: ${url}`);
    const uid = url.match(/^\/d\/([^/?]+)/)?.[1];
    if (!uid) continue;
    const target = dashboards.find(({ json }) => json.uid === uid)?.json;
    if (!target) findings.add('link', name, subject, `leads to ${uid}, which is not in the folder`);
    const known = new Set(target?.templating?.list.map((variable) => variable.name));
    const lost = [...new URLSearchParams(url.split('?')[1]).keys()].filter(
      (key) => target && key.startsWith('var-') && !known.has(key.slice(4)),
    );
    // Grafana's own links hand over all variables, so that only those written by hand say anything.
    if (lost.length && from !== 'dashboard') findings.add('link', name, subject, `sets ${lost.join(', ')}, unknown to ${uid}`);
  }
  const text = [...links.values()].map(({ name, from, title, url }) => [name, from, title, url].join('\t')).join('\n');
  writeFileSync(join(out, 'links.txt'), `${text}\n`);
}

async function settled(page) {
  // What is not there in time is drawn without it, and judge says so.
  await page.waitForFunction(() => window.report?.ready && window.report.waiting <= 0, null, { timeout: PATIENCE }).catch(() => undefined);
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.waitForTimeout(SETTLE);
}

// A browser on a busy machine sometimes draws no picture at the first try.
async function picture(page, path) {
  const take = () => page.screenshot({ path, timeout: PATIENCE / 2 });
  await take().catch(take);
  pictures += 1;
}

// Tables draw themselves once they are in the window, so that it grows to the
// page's height first. A page higher than a picture may be comes in several.
async function whole(page, path, { width }) {
  const full = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let top = 0, part = 1; top < full; top += TALLEST, part += 1) {
    await page.setViewportSize({ width, height: Math.min(TALLEST, full - top) });
    await page.evaluate((y) => window.scrollTo(0, y), top);
    await page.waitForTimeout(SETTLE);
    await picture(page, full > TALLEST ? `${path}-part${part}.png` : `${path}.png`);
  }
}

// Tables leave out what is not in the window: make it as high as it can be.
async function inSight(page, width) {
  const full = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(full, 16000) });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForTimeout(2 * SETTLE);
}

// What Prometheus knows at the time that is drawn.
async function labels(query, label) {
  const { data } = await (await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query, time: now / 1000 })}`)).json();
  return [...new Set(data.result.map(({ metric }) => metric[label]))].filter(Boolean);
}

async function draw(context, url, name, size, open) {
  const query = new URLSearchParams({
    dashboard: name,
    now,
    theme: THEME,
    vars: VARS,
    ...(RANGE && { range: RANGE }),
    ...(SCRAPE_INTERVAL && { scrape: SCRAPE_INTERVAL }),
    ...(open && { open: 1 }),
  });
  const page = await context.newPage();
  await page.setViewportSize(size);
  const complain = (message) => findings.add('error', name, 'page', message, size.width);
  page.on('pageerror', (error) => complain(String(error)));
  page.on('console', (message) => message.type() === 'error' && complain(message.text().slice(0, 300)));
  await page.goto(`${url}?${query}`);
  await settled(page);
  const path = join(out, `${name}-${size.width}`);
  if (!open) await picture(page, `${path}-first.png`);
  await whole(page, open ? `${path}-open` : path, size);
  await judge(page, name, size.width);
  if (!open && expectations[name]) await inSight(page, size.width);
  if (!open)
    for (const [panel, message] of await disappointments(page, expectations[name] ?? [], labels))
      findings.add('expected', name, panel, message, size.width);
  const more = !open && (await page.evaluate(() => window.report.collapsedRows));
  await page.close();
  if (more) await draw(context, url, name, size, true);
}

if (!drawn.length) stop(`no dashboard to draw in ${dashboardDir}`);
const answer = await fetch(`${prometheus.replace(/\/+$/, '')}/api/v1/query?query=1`)
  .then((response) => response.json())
  .catch(() => undefined);
if (answer?.status !== 'success') stop(`no Prometheus answers at ${prometheus}`);

const now = Date.now();
mkdirSync(out, { recursive: true });
const page = fileURLToPath(new URL('page/main.jsx', import.meta.url));
const { server, url } = await serve({ modules, dashboards, prometheus, bundle: await bundle(load('esbuild'), modules, page) });
const browser = await load('playwright-core').chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ timezoneId: TIMEZONE });
try {
  for (const { name } of drawn) {
    for (const size of windows) await draw(context, url, name, size, false);
    console.error(`drew ${name}`);
  }
} finally {
  await browser.close();
  server.close();
}
followLinks();
findings.print(windows.length);
console.log(`${pictures} pictures in ${resolve(out)}`);
process.exitCode = findings.errors ? 1 : 0;
