// The chat page: one conversation over /v1/chat/completions, and a panel over /metrics.
import { events } from "./events.js";
import { watch } from "./live.js";

const $ = (id) => document.getElementById(id);
const [chat, text, settings] = [$("chat"), $("text"), $("settings")];
let messages = [];
let running = null;

const field = (name) => settings.elements[name].value.trim();
const headers = () => (field("key") ? { Authorization: `Bearer ${field("key")}` } : {});

for (const { name } of settings.elements) {
  settings.elements[name].value = sessionStorage.getItem(name) ?? "";
  settings.elements[name].addEventListener("input", () => sessionStorage.setItem(name, settings.elements[name].value));
}

$("settings-toggle").addEventListener("click", (event) => {
  settings.hidden = !settings.hidden;
  event.target.setAttribute("aria-expanded", String(!settings.hidden));
});
$("new").addEventListener("click", () => {
  running?.abort();
  messages = [];
  chat.replaceChildren();
  text.focus();
});
$("stop").addEventListener("click", () => running?.abort());
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = text.value.trim();
  if (!question || running) return;
  text.value = "";
  add("user").append(part("text", question));
  messages.push({ role: "user", content: question });
  answer();
});

/** Sends the conversation and shows the answer as it comes. */
async function answer() {
  const turn = add("assistant");
  const view = new Answer(turn);
  running = new AbortController();
  toggle(true);
  try {
    const response = await fetch("v1/chat/completions", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers() },
      body: JSON.stringify(request()),
      signal: running.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error?.message ?? `HTTP ${response.status}`);
    for await (const event of events(response.body)) view.take(event);
  } catch (error) {
    if (error.name !== "AbortError") view.fail(error.message);
  } finally {
    running = null;
    toggle(false);
    view.end();
    const message = view.message();
    if (message) messages.push(message);
    else messages.pop();
    if (view.calls.length) askTools(turn, view.calls);
    text.focus();
  }
}

function request() {
  const body = { messages: field("system") ? [{ role: "system", content: field("system") }, ...messages] : messages, stream: true, stream_options: { include_usage: true } };
  for (const name of ["temperature", "top_p", "max_tokens"]) if (field(name)) body[name] = Number(field(name));
  if (field("tools")) body.tools = JSON.parse(field("tools"));
  return body;
}

/** One answer on the page: thoughts folded, text, calls, and how fast it came. */
class Answer {
  calls = [];
  #content = "";
  #thought = "";
  #began = performance.now();
  #first = 0;
  #tokens = 0;
  #usage = null;
  #turn;
  #details = null;
  #text;
  #stats;

  constructor(turn) {
    this.#turn = turn;
    this.#text = part("text", "");
    this.#stats = part("stats", "…");
    turn.append(this.#text, this.#stats);
  }

  take(event) {
    if (event.error) return this.fail(event.error.message);
    if (event.usage) this.#usage = event.usage;
    const delta = event.choices?.[0]?.delta;
    if (!delta) return;
    const thought = delta.reasoning_content ?? delta.reasoning;
    if (thought) this.#think(thought);
    if (delta.content) {
      this.#content += delta.content;
      if (this.#details) this.#details.open = false;
      render(this.#text, this.#content);
    }
    for (const call of delta.tool_calls ?? []) {
      const known = (this.calls[call.index] ??= { id: call.id, type: "function", function: { name: "", arguments: "" } });
      known.function.name += call.function?.name ?? "";
      known.function.arguments += call.function?.arguments ?? "";
    }
    if (thought || delta.content || delta.tool_calls) {
      this.#first ||= performance.now();
      this.#tokens++;
      this.#show();
    }
    chat.scrollTop = chat.scrollHeight;
  }

  fail(message) {
    this.#turn.append(part("error", message));
  }

  end() {
    if (this.#details) this.#details.querySelector("summary").textContent = "Thought";
    for (const call of this.calls) {
      const box = part("tool", "");
      const code = document.createElement("code");
      code.textContent = `${call.function.name}(${call.function.arguments})`;
      box.append(code);
      this.#turn.insertBefore(box, this.#stats);
    }
    this.#show();
  }

  message() {
    if (!this.#content && !this.calls.length) return null;
    return { role: "assistant", content: this.#content, ...(this.calls.length ? { tool_calls: this.calls } : {}) };
  }

  #think(thought) {
    if (!this.#details) {
      this.#details = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = "Thinking …";
      this.#details.append(summary, part("thought", ""));
      this.#turn.insertBefore(this.#details, this.#text);
    }
    this.#thought += thought;
    this.#details.querySelector(".thought").textContent = this.#thought;
  }

  #show() {
    if (!this.#first) return void (this.#stats.textContent = "");
    const tokens = this.#usage?.completion_tokens ?? this.#tokens;
    const seconds = (performance.now() - this.#first) / 1000;
    const cached = this.#usage?.prompt_tokens_details?.cached_tokens;
    this.#stats.textContent = [
      `${tokens} tokens`,
      `${(tokens / Math.max(seconds, 0.001)).toFixed(1)} token/s`,
      `first after ${((this.#first - this.#began) / 1000).toFixed(2)} s`,
      ...(this.#usage ? [`prompt ${this.#usage.prompt_tokens}${cached ? ` (${cached} known)` : ""}`] : []),
    ].join(" · ");
  }
}

/** The user plays the tools: one field per call, and the conversation goes on when all are filled. */
function askTools(turn, calls) {
  const fields = calls.map((call) => {
    const area = document.createElement("textarea");
    area.placeholder = `Result of ${call.function.name}`;
    turn.append(area);
    return area;
  });
  const send = document.createElement("button");
  send.type = "button";
  send.textContent = "Send results";
  send.addEventListener("click", () => {
    calls.forEach((call, i) => messages.push({ role: "tool", tool_call_id: call.id, content: fields[i].value }));
    for (const element of [...fields, send]) element.disabled = true;
    answer();
  });
  turn.append(send);
}

/** Text with its fenced code as blocks; nothing of it is ever HTML. */
function render(element, content) {
  element.replaceChildren(
    ...content.split("```").map((piece, i) => {
      if (i % 2 === 0) return document.createTextNode(piece);
      const block = document.createElement("pre");
      block.textContent = piece.replace(/^\w*\n/, "");
      return block;
    }),
  );
}

function add(role) {
  const turn = part(`turn ${role}`, "");
  chat.append(turn);
  chat.scrollTop = chat.scrollHeight;
  return turn;
}

function part(name, content) {
  const element = document.createElement("div");
  element.className = name;
  element.textContent = content;
  return element;
}

function toggle(busy) {
  $("send").hidden = busy;
  $("stop").hidden = !busy;
}

const models = await fetch("v1/models", { headers: headers() }).then((response) => response.json()).catch(() => null);
const model = models?.data?.[0];
if (model) {
  document.title = $("model").textContent = model.id;
  $("context").textContent = `${model.max_model_len} tokens of context`;
}
watch($("live"), headers);
