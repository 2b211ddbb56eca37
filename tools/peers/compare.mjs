// kdsl against llama.cpp: the same checkpoint, the same measurements, by turns, each a fresh process. See README.md.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { kdsl, llama, llamaBench } from "./engines.mjs";
import { fail, requireFile } from "./refusal.mjs";
import { machine, table } from "./report.mjs";

// A wrong option, or a side that failed: its own message came before.
process.on("uncaughtException", (error) => fail(error.message));

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    type: { type: "string", default: "bf16" },
    gguf: { type: "string" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: String(availableParallelism()) },
    prefill: { type: "string", default: "128,512" },
    decode: { type: "string", default: "0,512" },
    tokens: { type: "string", default: "64" },
    batch: { type: "string", default: "4,10,16" },
    context: { type: "string", default: "512" },
    long: { type: "string", default: "" },
    runner: { type: "string", default: join(here, "out", "peers") },
    libraries: { type: "string", default: join(here, "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64") },
    "llama-bench": { type: "string" },
    "weight-cache": { type: "string" },
    prefix: { type: "string", default: "" },
  },
});

const folder = positionals[0] ?? fail("usage: node compare.mjs MODEL_FOLDER [options]; README.md has them");
requireFile(join(folder, "config.json"), "give the folder of a Hugging Face model of the Qwen2 architecture");
requireFile(options.runner, "build it: dotnet publish tools/peers/Runner -c Release -r linux-x64 -o tools/peers/out");
if (options["llama-bench"]) requireFile(options["llama-bench"], "--llama-bench is the path of llama.cpp's program");
else requireFile(options.libraries, "run: npm install --prefix tools/peers");

// Beside the folder, so that it is made once.
options.gguf ??= `${resolve(folder)}.${options.type}.gguf`;
if (!existsSync(options.gguf) || statSync(options.gguf).mtimeMs < statSync(join(folder, "config.json")).mtimeMs)
  execFileSync("dotnet", ["run", "--project", join(here, "ToGguf"), "-c", "Release", "--", folder, options.gguf, "--type", options.type], { stdio: ["ignore", 2, 2] });

const sides = [kdsl(folder), options["llama-bench"] ? llamaBench() : llama()];
const runs = sides.map(() => []);
for (let round = 0; round < Number(options.rounds); round++) {
  const halves = sides.map(() => ({ results: new Map() }));
  for (const turn of turns())
    for (const [i, side] of sides.entries()) {
      console.error(`round ${round + 1} of ${options.rounds}: ${side.name}, ${turn.what}`);
      merge(halves[i], await side.run(turn));
    }
  halves.forEach((half, i) => runs[i].push(half));
}

console.log(machine(options.threads));
console.log(`kdsl ${revision()} (${runs[0][0].version}), llama.cpp ${runs[1][0].version} with ${options.type} weights; ${options.rounds} rounds\n`);
console.log(table(...runs));

// One measurement a turn: the shorter the turns, the more alike what both sides meet.
function turns() {
  const none = { prefill: "", decode: "", batch: "", long: "" };
  return Object.keys(none).flatMap((key) =>
    options[key].split(",").filter(Boolean).map((value) => ({ ...options, ...none, [key]: value, what: `${key} ${value}` })));
}

// Every turn starts, and has a peak: the first start and the highest peak count.
function merge(half, { results, ...rest }) {
  Object.assign(half, rest);
  for (const [name, result] of results) {
    const before = half.results.get(name);
    if (name === "peak memory") {
      half.results.delete(name); // the last row
      half.results.set(name, before?.value > result.value ? before : result);
    } else if (!before) half.results.set(name, result);
  }
}

function revision() {
  try {
    return execFileSync("git", ["-C", here, "describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  } catch {
    return "of an unknown revision"; // a source archive
  }
}
