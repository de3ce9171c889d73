// The chart of coverage: share of people by minutes to the nearest station, with a line at the standard. Data: the page.

const echarts = await import(new URL("../../vendor/echarts/echarts.esm.min.mjs", import.meta.url).href);

/** The curve of a figure: `data-curve` (shares at 0, 1, … minutes), `data-minutes`, and its words. */
export class Curve {
  #chart = null;
  #sizes = null;

  /** @param {HTMLElement} box */
  load(box) {
    const canvas = document.createElement("div");
    canvas.className = "curve-canvas";
    canvas.setAttribute("aria-hidden", "true"); // the same numbers stand in the tables
    box.append(canvas);
    const shares = JSON.parse(box.dataset.curve);
    const minutes = Number(box.dataset.minutes);
    const tokens = getComputedStyle(document.documentElement);
    const colour = (name) => tokens.getPropertyValue(`--${name}`).trim();
    const percent = (share) => `${(share * 100).toFixed(1)}%`;
    const text = { color: colour("grey"), fontFamily: tokens.fontFamily, fontSize: 12 };
    const words = (minute, share) => box.dataset.within.replace("{m}", minute).replace("{s}", percent(share));
    this.#chart = echarts.init(canvas, null, { renderer: "svg" });
    this.#chart.setOption({
      animation: false,
      textStyle: text,
      grid: { left: 8, right: 16, top: 28, bottom: 8, containLabel: true },
      xAxis: {
        type: "value", min: 0, max: shares.length - 1, interval: 10, name: box.dataset.axis, nameTextStyle: text,
        nameLocation: "end", nameGap: 4, axisLabel: text, splitLine: { show: false }, axisLine: { lineStyle: { color: colour("edge") } },
      },
      yAxis: {
        type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { ...text, formatter: (value) => `${value * 100}%` },
        splitLine: { lineStyle: { color: colour("line") } },
      },
      tooltip: {
        trigger: "axis", confine: true, backgroundColor: colour("surface"), borderColor: colour("line"),
        textStyle: { ...text, color: colour("ink") }, formatter: ([{ data }]) => words(...data),
      },
      series: [{
        type: "line", step: "end", showSymbol: false, data: shares.map((share, minute) => [minute, share]),
        lineStyle: { color: colour("ink"), width: 2 }, itemStyle: { color: colour("ink") },
        markLine: {
          silent: true, symbol: "none", lineStyle: { color: colour("red"), type: "solid" },
          label: { ...text, color: colour("ink"), formatter: words(minutes, shares[minutes]), position: "end" },
          data: [{ xAxis: minutes }],
        },
      }],
    });
    this.#sizes = new ResizeObserver(() => this.#chart.resize());
    this.#sizes.observe(document.body);
  }

  unload() {
    this.#sizes?.disconnect();
    this.#chart?.dispose();
    this.#chart = null;
  }
}
