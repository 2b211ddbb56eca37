// The sides of a comparison. A side runs what a turn asks for in a fresh process and answers { version, logits, results: Map(name -> { unit, value }) }.
import { spawn } from "node:child_process";

const plan = ["threads", "prefill", "decode", "tokens", "batch", "context", "long"];

/** kdsl on a model folder, or on the peer's own file where that is quantised: both then multiply the same integers. */
export const kdsl = (folder) => runnerSide("kdsl", (turn) => ["kdsl", turn.type.startsWith("q") ? turn.gguf : folder, ...(turn["weight-cache"] ? ["--weight-cache", turn["weight-cache"]] : [])]);

/** llama.cpp's libraries on a GGUF file, driven by the same program. */
export const llama = () => runnerSide("llama.cpp", (turn) => ["llama", turn.gguf, "--libraries", turn.libraries]);

/** llama.cpp's own benchmark: it measures prefill and decode only. */
export const llamaBench = () => ({
  name: "llama-bench",
  async run(turn) {
    const side = { results: new Map() };
    const what = turn.prefill ? ["-p", turn.prefill, "-n", "0"] : turn.decode ? ["-p", "0", "-n", turn.tokens, "-d", turn.decode] : null;
    if (!what) return side;
    const [result] = JSON.parse(await run([turn["llama-bench"], "-m", turn.gguf, "-t", turn.threads, "-r", "3", "-o", "json", ...what], turn));
    side.results.set(turn.prefill ? `prefill ${turn.prefill}` : `decode at ${turn.decode}`, { unit: "token/s", value: result.avg_ts });
    side.version = `${result.build_commit} (llama-bench)`;
    return side;
  },
});

function runnerSide(name, command) {
  return {
    name,
    async run(turn) {
      const output = await run([turn.runner, ...command(turn), ...plan.flatMap((key) => [`--${key}`, turn[key]])], turn);
      const side = { results: new Map() };
      for (const line of output.trim().split("\n").map((text) => JSON.parse(text))) {
        if (line.name) side.results.set(line.name, line);
        else Object.assign(side, line);
      }
      return side;
    },
  };
}

/** Runs a command to its end; answers what it printed. A prefix like "taskset -c 0,1" comes before it. */
function run(command, { prefix }) {
  const [file, ...args] = [...prefix.split(" ").filter(Boolean), ...command];
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => (code === 0 ? done(output) : failed(new Error(`${command.join(" ")} ended with ${signal ?? code}`))));
  });
}
