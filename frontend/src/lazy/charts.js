import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { longDay, shortDay, writer } from "./formats.js";

use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

const FONT_SIZE = 11;

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A colour token is six hex digits; ECharts wants the shade written out. */
function shade(hex, share) {
  return hex + Math.round(share * 255).toString(16).padStart(2, "0");
}

export function draw(host, spec) {
  const font = { fontFamily: "Inter Variable", fontSize: FONT_SIZE, color: token("--muted") };
  const chart = init(host, null, { renderer: "canvas" });
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({
    animationDuration: isStill ? 0 : 350,
    textStyle: font,
    grid: { left: 4, right: 14, top: spec.marks?.length ? 26 : 10, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: horizontalAxis(spec, font),
    yAxis: verticalAxis(spec, font),
    tooltip: tooltip(spec),
    series: spec.series.map((series, at) => drawnSeries(spec, series, at, font)),
  });
  return chart;
}

function horizontalAxis(spec, font) {
  const quiet = { axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false } };
  if (spec.axis === "names") {
    return { ...quiet, type: "category", data: spec.x, axisLabel: { ...font, margin: 12, hideOverlap: true } };
  }
  const ends = { alignMinLabel: "left", alignMaxLabel: "right" };
  return {
    ...quiet,
    type: "time",
    splitNumber: 5,
    axisLabel: { ...font, ...ends, margin: 12, hideOverlap: true, formatter: (time) => shortDay(time) },
  };
}

function verticalAxis(spec, font) {
  const write = writer(spec, { compact: true });
  return {
    type: "value",
    splitNumber: 4,
    min: spec.min ?? null,
    max: spec.max ?? null,
    axisLabel: { ...font, formatter: write },
    splitLine: { lineStyle: { color: token("--line"), type: [3, 4] } },
  };
}

function tooltip(spec) {
  const write = writer(spec);
  const pointer = spec.series.some((series) => series.kind === "bar")
    ? { type: "shadow", shadowStyle: { color: shade(token("--brand"), 0.06) } }
    : { type: "line", lineStyle: { color: token("--line-2"), width: 1 } };
  return {
    trigger: "axis",
    className: "tip",
    appendTo: document.body,
    confine: false,
    transitionDuration: 0.08,
    axisPointer: pointer,
    // Nodes with classes: the Content-Security-Policy blocks the inline styles of a text answer.
    formatter: (points) => tooltipBody(spec, points, write),
  };
}

function tooltipBody(spec, points, write) {
  const body = document.createElement("div");
  const head = body.appendChild(document.createElement("b"));
  head.textContent = spec.axis === "names" ? points[0].name : longDay(points[0].value[0]);
  for (const point of points) {
    const value = Array.isArray(point.value) ? point.value[1] : point.value;
    const row = body.appendChild(document.createElement("div"));
    row.className = "tip-row";
    row.appendChild(document.createElement("i")).className = `bg-s${colourOf(spec, point.seriesIndex)}`;
    row.appendChild(document.createElement("span")).textContent = point.seriesName;
    row.appendChild(document.createElement("em")).textContent = value == null ? "–" : write(value);
  }
  return body;
}

function colourOf(spec, at) {
  return spec.series[at].colour ?? at + 1;
}

function drawnSeries(spec, series, at, font) {
  const colour = token(`--s${colourOf(spec, at)}`);
  const isBar = series.kind === "bar";
  const data = spec.axis === "names" ? series.data : series.data.map((y, i) => [Date.parse(spec.x[i]), y]);
  const common = { name: series.name, data, stack: series.stack, emphasis: { disabled: true }, markLine: at === 0 ? marks(spec, font) : undefined };
  if (isBar) {
    const radius = series.stack ? 0 : [4, 4, 0, 0];
    return { ...common, type: "bar", barMaxWidth: 36, itemStyle: { color: colour, borderRadius: radius } };
  }
  return {
    ...common,
    type: "line",
    step: series.kind === "step" ? "end" : false,
    smooth: series.kind === "step" || series.stack ? false : 0.25,
    showSymbol: false,
    symbol: "circle",
    symbolSize: 7,
    lineStyle: { width: 2, color: colour, type: series.dashed ? [4, 4] : "solid" },
    itemStyle: { color: colour, borderColor: token("--surface"), borderWidth: 2 },
    areaStyle: area(series, colour),
  };
}

function area(series, colour) {
  if (series.stack) return { color: shade(colour, 0.35) };
  if (series.plain || series.dashed) return undefined;
  const colorStops = [
    { offset: 0, color: shade(colour, 0.16) },
    { offset: 1, color: shade(colour, 0) },
  ];
  return { color: { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops } };
}

/** Events as labelled vertical rules: a version published, a sponsor changed. */
function marks(spec, font) {
  if (!spec.marks?.length) return undefined;
  const at = (mark) => (spec.axis === "names" ? mark.x : Date.parse(mark.x));
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: token("--line-2"), type: [3, 3] },
    label: { ...font, formatter: (point) => point.name, position: "end", distance: 6 },
    data: spec.marks.map((mark) => ({ name: mark.label, xAxis: at(mark) })),
  };
}
