// The sides of a comparison. A side runs once in a fresh process and answers { version, logits, results: Map(name -> { unit, value }) }.
import { spawn } from "node:child_process";

const plan = ["threads", "prefill", "decode", "tokens", "batch", "context"];

/** kdsl on a model folder. */
export const kdsl = (folder, options) => runnerSide("kdsl", ["kdsl", folder], options);

/** llama.cpp's libraries on a GGUF file, driven by the same program. */
export const llama = (options) => runnerSide("llama.cpp", ["llama", options.gguf, "--libraries", options.libraries], options);

/** llama.cpp's own benchmark: it measures prefill and decode only. */
export function llamaBench(options) {
  const common = ["-m", options.gguf, "-t", options.threads, "-r", "3", "-o", "json"];
  const ask = async (...what) => JSON.parse(await run([options["llama-bench"], ...common, ...what], options));
  return {
    name: "llama-bench",
    async run() {
      const prefill = await ask("-p", options.prefill, "-n", "0");
      const decode = await ask("-p", "0", "-n", options.tokens, "-d", options.decode);
      const results = new Map();
      for (const r of prefill) results.set(`prefill ${r.n_prompt}`, { unit: "token/s", value: r.avg_ts });
      for (const r of decode) results.set(`decode at ${r.n_depth}`, { unit: "token/s", value: r.avg_ts });
      return { version: `${prefill[0].build_commit} (llama-bench)`, results };
    },
  };
}

function runnerSide(name, what, options) {
  return {
    name,
    async run() {
      const output = await run([options.runner, ...what, ...plan.flatMap((key) => [`--${key}`, options[key]])], options);
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
