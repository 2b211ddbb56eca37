// Serving: kdsl and llama.cpp's llama-server, the same weights, the same client and load, by turns. See README.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fail, requireFile } from "./refusal.mjs";
import { machine, table } from "./report.mjs";

process.on("uncaughtException", (error) => fail(error.message));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kdsl: { type: "string" },
    dataset: { type: "string" },
    type: { type: "string", default: "q8_0" },
    gguf: { type: "string" },
    clients: { type: "string", default: "1,10" },
    requests: { type: "string", default: "30" },
    tokens: { type: "string", default: "64" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: String(availableParallelism()) },
    "llama-server": { type: "string" },
    tables: { type: "boolean", default: false },
  },
});

const folder = resolve(positionals[0] ?? fail("usage: node serving.mjs MODEL_FOLDER --kdsl PROGRAM --llama-server PROGRAM --dataset GSM8K.jsonl [options]; README.md has them"));
const program = requireFile(options.kdsl, "--kdsl is the published program: dotnet publish src/Server -c Release -r linux-x64 -o out -p:KdslCpu=native");
const peer = requireFile(options["llama-server"], "--llama-server is llama.cpp's program; README.md says how the package's own source is built");
const dataset = requireFile(options.dataset, "--dataset is a file of GSM8K");
const gguf = requireFile(options.gguf ?? `${folder}.${options.type}.gguf`, `make it: dotnet run --project tools/peers/ToGguf -c Release -- ${folder} FILE --type ${options.type}`);
const clients = options.clients.split(",").map(Number);
const scratch = mkdtempSync(join(tmpdir(), "serving-"));
const sequences = Math.max(...clients);

// Room for the longest question and its answer in each sequence, and each side's own scheduling otherwise. No guesses: models of random weights repeat themselves, and would flatter them.
const sides = [
  { name: "kdsl", port: 18080, command: (port) => [program, "serve", gguf, "--model-name", "m", "--max-batch", sequences, "--threads", options.threads, "--speculation", "off", "--port", port] },
  { name: "llama.cpp", port: 18090, command: (port) => [peer, "-m", gguf, "--parallel", sequences, "--ctx-size", 1024 * sequences, "--threads", options.threads, "--port", port] },
];

const runs = sides.map(() => []);
for (let round = 1; round <= Number(options.rounds); round++) {
  const results = sides.map(() => new Map());
  for (const count of clients)
    for (const [i, side] of sides.entries()) {
      console.error(`round ${round} of ${options.rounds}: ${side.name}, ${count} clients`);
      for (const [name, value] of measures(await serve(side, count), count)) results[i].set(name, value);
    }
  results.forEach((result, i) => runs[i].push({ results: result }));
}

rmSync(scratch, { recursive: true });
console.log(`${machine(options.threads)}\n${gguf.split("/").pop()}, ${options.requests} requests of ${options.tokens} tokens, ${options.rounds} rounds\n`);
console.log(table(...runs));

/** Starts a side, loads it, ends it; answers what the client measured. */
async function serve({ name, port, command }, count) {
  const [file, ...args] = command(port).map(String);
  const server = spawn(file, args, { stdio: "ignore" });
  const ended = once(server, "close");
  try {
    await ready(port, server);
    const report = join(scratch, "report.json");
    const bench = spawn(program, [
      "bench", "--TestType", "openai", "--mode", "raw", "--Http", `http://127.0.0.1:${port}`, "--ModelName", "m", "--ModelPath", folder, "--DatasetType", "gsm8k", "--DatasetPath", dataset,
      "--Concurrency", String(count), "--RequestCount", options.requests, "--MaxOutputLen", options.tokens, "--DoSampling", "False", "--WarmupSize", "1",
      "--SamplingParams", '{"ignore_eos":true}', "--SavePath", scratch, "--json", report,
    ], { stdio: ["ignore", "pipe", "ignore"] });
    let printed = "";
    bench.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    const [code] = await once(bench, "close");
    if (code !== 0) fail(`the client of ${name} ended with ${code}:\n${printed}`);
    if (options.tables) console.log(`\n### ${name}, ${count} clients\n\n\`\`\`\n${printed.trim()}\n\`\`\``);
    return JSON.parse(readFileSync(report, "utf8"));
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

/** What matters to who waits for tokens. */
function* measures(report, count) {
  const label = count === 1 ? "1 client" : `${count} clients`;
  const gaps = report.latency.ITL;
  yield [label, { unit: "token/s", value: report.requests.reduce((sum, request) => sum + request.output_tokens, 0) / report.elapsed_seconds }];
  yield [`${label}, first token, mean`, { unit: "ms", value: report.latency.TTFT.average }];
  yield [`${label}, gap between tokens, P99`, { unit: "ms", value: gaps.p99 }];
  yield [`${label}, longest gap`, { unit: "ms", value: gaps.max }];
}

async function ready(port, server) {
  for (let tries = 0; tries < 1200; tries++) {
    if (server.exitCode !== null) fail(`a server ended with ${server.exitCode} before it was ready`);
    const answered = await fetch(`http://127.0.0.1:${port}/health`).then((response) => response.ok, () => false);
    if (answered) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  fail(`nothing answers on port ${port}`);
}
