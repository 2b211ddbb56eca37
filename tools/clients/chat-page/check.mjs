// The chat page in headless Chromium. Usage: node check.mjs http://127.0.0.1:8080 [folder for screenshots]; CHROMIUM names another browser.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const [url, shots] = process.argv.slice(2);
if (!url) throw new Error("usage: node check.mjs URL [folder for screenshots]");
if (shots) mkdirSync(shots, { recursive: true });
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
let passed = 0;

try {
  await check("the model answers, with its speed", async (page) => {
    await ask(page, "What is two plus three?");
    await settled(page);
    assert.ok((await text(page, ".assistant .text")).length > 0);
    assert.match(await text(page, ".assistant .stats"), /\d+ tokens · [\d.]+ token\/s · first after [\d.]+ s · prompt \d+/);
    assert.notEqual(await page.title(), "kdsl page");
  });

  await check("Stop ends an answer and keeps what has come", async (page) => {
    await page.click("#settings-toggle");
    await page.type("[name=system]", "Go on for ever.");
    await ask(page, "Count from one to a thousand, slowly, one number a line.");
    await page.waitForFunction(() => document.querySelector(".assistant .text")?.textContent.length > 0);
    // At once: a small model may have ended before a second message gets here.
    await page.$eval("#stop", (button) => button.hidden || button.click());
    await settled(page);
    assert.ok((await text(page, ".assistant .text")).length > 0);
    assert.equal((await page.$$(".error")).length, 0);
  });

  await check("the panel follows the server", async (page) => {
    await page.waitForFunction(() => /^\d/.test(document.querySelector("[data-metric='kdsl.running']").textContent));
    assert.equal(await page.$eval("#live-note", (note) => note.hidden), true);
    await ask(page, "Say something long.");
    await settled(page);
    await page.waitForFunction(() => document.querySelector("#rate polyline").getAttribute("points").split(" ").length >= 2);
  });

  const chunk = (delta, finish = null) => ({ choices: [{ index: 0, delta, finish_reason: finish }] });
  await check("thoughts are folded, calls are shown and answered", async (page) => {
    const bodies = await script(page, [
      [chunk({ role: "assistant", content: "" }), chunk({ reasoning_content: "Let me " }), chunk({ reasoning_content: "see." }), chunk({ content: "I look it up." }),
        chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"北京"}' } }] }), chunk({}, "tool_calls")],
      [chunk({ role: "assistant", content: "" }), chunk({ content: "Sunny:\n```\n21 °C\n```" }), chunk({}, "stop")],
    ]);
    await ask(page, "Weather?");
    await settled(page);
    assert.equal(await page.$eval("details", (details) => details.open), false);
    assert.equal(await text(page, "details .thought"), "Let me see.");
    assert.equal(await text(page, ".tool code"), 'weather({"city":"北京"})');
    await page.type(".assistant textarea", "21 degrees");
    await page.click(".assistant button");
    await page.waitForSelector(".assistant pre");
    await settled(page);
    assert.equal(await text(page, ".assistant pre"), "21 °C\n");
    assert.deepEqual(bodies[1].messages.slice(1), [
      { role: "assistant", content: "I look it up.", tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"北京"}' } }] },
      { role: "tool", tool_call_id: "call_1", content: "21 degrees" },
    ]);
  });

  await check("text is text, whatever is in it", async (page) => {
    await script(page, [[chunk({ content: "<img src=x onerror=document.title='owned'>" }), chunk({}, "stop")]]);
    await ask(page, "<b>bold</b>");
    await settled(page);
    assert.equal((await page.$$("#chat img, #chat b")).length, 0);
    assert.notEqual(await page.title(), "owned");
  });

  await check("an error is told", async (page) => {
    await page.click("#settings-toggle");
    await page.type("[name=temperature]", "9");
    await ask(page, "x");
    await settled(page);
    assert.match(await text(page, ".error"), /temperature/i);
  });
  console.log(`${passed} of 6 passed`);
} finally {
  await browser.close();
}

async function check(what, run) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.setViewport({ width: 1100, height: 700 });
  await page.goto(url, { waitUntil: "networkidle2" });
  await run(page);
  assert.deepEqual(faults, []);
  passed++;
  console.log(`ok ${what}`);
  if (shots) await page.screenshot({ path: join(shots, `${passed}.png`) });
  await context.close();
}

/** Answers the page's requests with given events; gives the bodies that it sent. */
async function script(page, answers) {
  const bodies = [];
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (!request.url().endsWith("/v1/chat/completions")) return request.continue();
    bodies.push(JSON.parse(request.postData()));
    const events = answers[bodies.length - 1].map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    return request.respond({ status: 200, contentType: "text/event-stream", body: `${events}data: [DONE]\n\n` });
  });
  return bodies;
}

async function ask(page, question) {
  await page.type("#text", question);
  await page.keyboard.press("Enter");
}

function settled(page) {
  return page.waitForFunction(() => document.querySelector("#stop").hidden && document.querySelectorAll(".assistant").length > 0, { timeout: 120_000 });
}

function text(page, selector) {
  return page.$$eval(selector, (elements) => elements.at(-1).textContent);
}
