// A comparison as markdown.
import { cpus, loadavg } from "node:os";
import { readFileSync } from "node:fs";

// What decides which kernels can run.
const telling = ["avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile"];

/** The machine in one line. */
export function machine(threads) {
  const text = readFileSync("/proc/cpuinfo", "utf8");
  const flags = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1].trim().split(" "));
  const memory = Number(/^MemTotal:\s*(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))[1]) / (1 << 20);
  // Cloud machines hide the model's name; family and model tell the generation.
  const [family, model] = ["cpu family", "model"].map((field) => new RegExp(`^${field}\\s*:\\s*(\\d+)$`, "m").exec(text)?.[1]);
  return `${cpus()[0].model.trim()} (family ${family}, model ${model}), ${cpus().length} processors, ${threads} threads, ${memory.toFixed(0)} GiB, ${telling.filter((flag) => flags.has(flag)).join(" ")}; load ${loadavg()[0].toFixed(1)} at the end`;
}

/** Medians of both sides and how many times better kdsl is: the median of the rounds' ratios, with their spread. */
export function table(ours, theirs) {
  const rows = [...ours[0].results].map(([name, { unit }]) => {
    const pairs = ours.map((run, i) => [run.results.get(name)?.value, theirs[i].results.get(name)?.value]);
    const [a, b] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
    if (Number.isNaN(b) || b === undefined) return [`${name}, ${unit}`, number(a), "", ""];
    const ratios = pairs.map(([x, y]) => (unit === "token/s" ? x / y : y / x));
    return [`${name}, ${unit}`, number(a), number(b), `**${median(ratios).toFixed(2)}** (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`];
  });
  const lines = [["", "kdsl", "llama.cpp", "kdsl is better by"], ["---", "---:", "---:", "---:"], ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [...lines, "", agreement(ours[0].logits, theirs[0].logits)].join("\n").trimEnd();
}

// Rounding differs; another model would differ by about the norm itself.
function agreement(ours, theirs) {
  if (!ours || !theirs) return "";
  const norm = (values) => Math.hypot(...values);
  const share = norm(ours.map((value, i) => value - theirs[i])) / norm(theirs);
  return `Logits after the same prompt differ by ${(100 * share).toFixed(1)} % of their norm.`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function number(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
