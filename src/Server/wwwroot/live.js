// The panel: /metrics once a second while the page is seen.
const interval = 1000;
const seconds = 120;
const rates = [];
let before = null;

/** Keeps the panel up to date. */
export function watch(panel, headers) {
  const tick = async () => {
    if (!document.hidden) await update(panel, headers());
    setTimeout(tick, interval);
  };
  tick();
}

async function update(panel, headers) {
  const note = panel.querySelector("#live-note");
  try {
    const response = await fetch("metrics", { headers });
    if (!response.ok) throw new Error(response.status === 404 ? "Metrics are served on another port." : `Metrics: HTTP ${response.status}`);
    show(panel, parse(await response.text()));
    note.hidden = true;
  } catch (error) {
    note.textContent = error.message;
    note.hidden = false;
  }
}

function show(panel, metrics) {
  const now = { time: performance.now(), prompt: metrics.prompt_tokens_total, output: metrics.generation_tokens_total };
  const rate = (name) => (before ? Math.max(0, ((now[name] - before[name]) * 1000) / (now.time - before.time)) : 0);
  const values = {
    "kdsl.running": metrics.num_requests_running,
    "kdsl.waiting": metrics.num_requests_waiting,
    "kdsl.cache": `${(100 * metrics.npu_cache_usage_perc).toFixed(1)} %`,
    "kdsl.known": `${(100 * metrics.npu_prefix_cache_hit_rate).toFixed(0)} %`,
    "kdsl.prompt_rate": rate("prompt").toFixed(1),
    "kdsl.output_rate": rate("output").toFixed(1),
  };
  for (const element of panel.querySelectorAll("[data-metric]")) element.textContent = values[element.dataset.metric];

  rates.push(rate("output"));
  if (rates.length > seconds) rates.shift();
  const most = Math.max(1, ...rates);
  panel.querySelector("polyline").setAttribute("points", rates.map((value, i) => `${i},${(38 - (36 * value) / most).toFixed(1)}`).join(" "));
  before = now;
}

/** The text format as an object; labels are left out, since the first series of a name is all that is shown. */
function parse(text) {
  const metrics = {};
  for (const line of text.split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)$/.exec(line);
    if (match && !(match[1] in metrics)) metrics[match[1]] = Number(match[2]);
  }
  return metrics;
}
