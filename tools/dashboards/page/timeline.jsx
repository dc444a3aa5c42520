// The state timeline. Grafana's is in its core; axes, legend, paging and colours
// are of its packages, the lanes are drawn here.
import { colorManipulator, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { Pagination, UPlotChart, UPlotConfigBuilder, VizLayout, VizLegend } from '@grafana/ui';
import { useState } from 'react';
import { mark } from './annotations.js';
import report from './report.js';
import { theme } from './settings.js';

const FONT = 12;
const PAGES_HEIGHT = 45;

/** runs are the stretches of time with the same value: {from, to, value}. */
function runs(times, values, { interval, merge, end }) {
  const list = [];
  times.forEach((time, i) => {
    const value = values[i];
    const last = list.at(-1);
    const goesOn = last && time - last.seen <= (interval ?? Infinity) * 1.5;
    if (last) last.to = goesOn ? time : Math.min(last.seen + (interval ?? 0), time);
    if (value === null || value === undefined || Number.isNaN(value)) return;
    if (merge && goesOn && last.value === value) last.seen = time;
    else list.push({ from: time, to: time, seen: time, value });
  });
  const last = list.at(-1);
  if (last) last.to = interval ? Math.min(end, last.seen + interval * 1.5) : end;
  return list;
}

function lanes(data, options, end) {
  return data.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    return frame.fields
      .filter((field) => field !== time && !field.config.custom?.hideFrom?.viz)
      .map((field) => ({
        field,
        name: getFieldDisplayName(field, frame, data),
        runs: runs(time.values, field.values, { interval: time.config.interval, merge: options.mergeValues ?? true, end }).map((run) => {
          const display = field.display(run.value);
          return { ...run, colour: display.color, text: formattedValueToString(display) };
        }),
      }));
  });
}

function plot(shown, { range, timeZone, options }) {
  const builder = new UPlotConfigBuilder(timeZone);
  const middle = (i) => 1 - (i + 0.5) / shown.length;
  builder.addScale({ scaleKey: 'x', isTime: true, orientation: 0, direction: 1, range: () => [range.from.valueOf(), range.to.valueOf()] });
  builder.addScale({ scaleKey: 'lanes', orientation: 1, direction: 1, range: () => [0, 1] });
  builder.addAxis({ scaleKey: 'x', isTime: true, placement: 'bottom', timeZone, theme, grid: { show: true } });
  builder.addAxis({
    scaleKey: 'lanes',
    placement: 'left',
    theme,
    gap: 16,
    grid: { show: false },
    ticks: { show: false },
    splits: () => shown.map((_, i) => middle(i)),
    values: () => shown.map((lane) => lane.name),
  });
  const paths = (u) => {
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    u.ctx.clip();
    shown.forEach((lane, i) => drawLane(u, lane, middle(i), options));
    u.ctx.restore();
    return null;
  };
  builder.addSeries({ scaleKey: 'lanes', pathBuilder: paths, showPoints: 'never', theme, lineWidth: 0 });
  builder.setPrepData(() => [
    [range.from.valueOf(), range.to.valueOf()],
    [0, 1],
  ]);
  return builder;

  function drawLane(u, lane, centre, { rowHeight = 0.9, showValue = 'auto', alignValue = 'left' }) {
    const pen = u.ctx;
    const height = Math.round((u.bbox.height / shown.length) * rowHeight);
    const top = Math.round(u.valToPos(centre, 'lanes', true) - height / 2);
    const { fillOpacity, lineWidth } = lane.field.config.custom ?? {};
    for (const run of lane.runs) {
      const left = Math.round(u.valToPos(run.from, 'x', true));
      const width = Math.max(1, Math.round(u.valToPos(run.to, 'x', true)) - left);
      const fill = colorManipulator.alpha(run.colour, (fillOpacity ?? 100) / 100);
      pen.fillStyle = fill;
      pen.fillRect(left, top, width, height);
      if (lineWidth) {
        pen.strokeStyle = run.colour;
        pen.lineWidth = lineWidth;
        pen.strokeRect(left + lineWidth / 2, top + lineWidth / 2, width - lineWidth, height - lineWidth);
      }
      if (showValue === 'never') continue;
      pen.font = `500 ${FONT * devicePixelRatio}px ${theme.typography.fontFamily}`;
      const seen = Math.max(left, u.bbox.left);
      const room = left + width - seen - 4;
      const text = cut(pen, run.text, room, showValue === 'auto');
      if (!text) continue;
      pen.fillStyle = theme.colors.getContrastText(fill, 3);
      pen.textBaseline = 'middle';
      pen.textAlign = alignValue;
      pen.fillText(text, { left: seen + 2, center: seen + room / 2, right: seen + room }[alignValue], top + height / 2);
    }
  }
}

// As much of a text as there is room for; 'auto' does without less than two letters.
function cut(pen, text, room, auto) {
  let end = text.length;
  while (end > 0 && pen.measureText(text.slice(0, end)).width > room) end -= 1;
  return auto && end < Math.min(2, text.length) ? '' : text.slice(0, end);
}

function legendOf(shown) {
  const { color, thresholds } = shown[0]?.field.config ?? {};
  if (color?.mode === 'thresholds' && thresholds?.steps.length > 1 && !shown[0].field.config.mappings?.length) {
    return thresholds.steps.map(({ value, color: name }, i, steps) => ({
      label: i === 0 ? `< ${steps[1].value}` : `${value}+`,
      color: theme.visualization.getColorByName(name),
      yAxis: 1,
    }));
  }
  const states = new Map(
    shown.filter((lane) => !lane.field.config.custom?.hideFrom?.legend).flatMap((lane) => lane.runs.map((run) => [run.text, run.colour])),
  );
  return [...states].filter(([label]) => label).map(([label, colour]) => ({ label, color: colour, yAxis: 1 }));
}

/** StateTimeline draws a lane for each series, a page of them at a time. */
export function StateTimeline({ panel, data, width, height, range, timeZone, events }) {
  const { options } = panel;
  const [state] = useState(() => {
    const all = lanes(data, options, range.to.valueOf());
    const perPage = options.perPage || all.length;
    const shown = all.slice(0, perPage);
    const config = plot(shown, { range, timeZone, options });
    mark(config, events, panel);
    report.lanes[panel.id] = shown.map((lane) => lane.name);
    return { pages: Math.ceil(all.length / perPage), shown, config, aligned: config.prepData([]) };
  });
  const { pages, shown, config, aligned } = state;
  const { showLegend = true, placement = 'bottom', displayMode = 'list' } = options.legend ?? {};
  const legend = showLegend ? (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} displayMode={displayMode} items={legendOf(shown)} />
    </VizLayout.Legend>
  ) : null;
  return (
    <>
      <VizLayout width={width} height={height - (pages > 1 ? PAGES_HEIGHT : 0)} legend={legend}>
        {(w, h) => <UPlotChart config={config} data={aligned} width={w} height={h} />}
      </VizLayout>
      {pages > 1 && (
        <div style={{ display: 'flex', justifyContent: 'center', paddingTop: 16, height: PAGES_HEIGHT }}>
          <Pagination currentPage={1} numberOfPages={pages} onNavigate={() => {}} showSmallVersion={width < 550} />
        </div>
      )}
    </>
  );
}
