// llama.cpp behind an OpenAI stream of text completions, with node-llama-cpp's own batching over sequences: the peer of serving.mjs.
// npm install --no-save --ignore-scripts --omit=optional node-llama-cpp@3.22.1 first.
// Usage: node server.mjs MODEL.gguf [port] [sequences] [threads]. Raw text in, greedy, no template: what is measured is the engine and its batching.
import { createServer } from "node:http";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [path, port = "18090", sequences = "10", threads = "2"] = process.argv.slice(2);
const llama = await getLlama({ build: "never", logLevel: LlamaLogLevel.error, maxThreads: Number(threads) });
const model = await llama.loadModel({ modelPath: path });
const context = await model.createContext({ sequences: Number(sequences), contextSize: 1024, threads: Number(threads), batchSize: 512 });
const free = Array.from({ length: Number(sequences) }, () => context.getSequence());
const waiting = [];
const take = () => free.pop() ?? new Promise((ready) => waiting.push(ready));
const give = (sequence) => (waiting.length ? waiting.shift()(sequence) : free.push(sequence));

createServer(async (request, response) => {
  if (request.method === "GET") return response.end("{}");
  let body = "";
  for await (const part of request) body += part;
  const { prompt: text, max_tokens: most } = JSON.parse(body);
  const sequence = await take();
  try {
    await sequence.clearHistory();
    const prompt = model.tokenize(text);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    let count = 0;
    for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      count++;
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, text: model.detokenize([token]) || " ", finish_reason: null }] })}\n\n`);
      if (count === most) break;
    }
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, text: "", finish_reason: "length" }] })}\n\n`);
    response.write(`data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: prompt.length, completion_tokens: count, total_tokens: prompt.length + count } })}\n\ndata: [DONE]\n\n`);
    response.end();
  } finally {
    give(sequence);
  }
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
