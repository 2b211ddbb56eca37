// The official openai client against a running kdsl server: npm install && npm run check [-- http://127.0.0.1:8080/v1]
// Exits 0 when every check holds. Works with any model: it checks the protocol, not the words.
import assert from 'node:assert/strict';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';

const baseURL = process.argv[2] ?? 'http://127.0.0.1:8080/v1';
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Say hello, 你好 🙂.' }];

const running = async () => (await (await fetch(new URL('/health', baseURL))).json()).running;

async function until(condition) {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.fail('waited 2 s in vain');
}

const checks = {
  async 'chat, whole'() {
    const answer = await client.chat.completions.create({ model, messages, max_tokens: 24, temperature: 0 });
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.ok(['stop', 'length'].includes(answer.choices[0].finish_reason));
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    assert.ok(answer.usage.completion_tokens <= 24);
  },

  async 'chat, streamed: same text, one finish reason, usage'() {
    const options = { model, messages, max_tokens: 24, temperature: 0 };
    const whole = await client.chat.completions.create(options);
    const stream = await client.chat.completions.create({ ...options, stream: true, stream_options: { include_usage: true } });
    let text = '', finishes = [], usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(finishes, [whole.choices[0].finish_reason]);
    assert.deepEqual(usage, whole.usage);
  },

  async 'chat, n and seed: repeatable'() {
    const options = { model, messages, max_tokens: 12, n: 3, seed: 7, temperature: 1 };
    const [a, b] = [await client.chat.completions.create(options), await client.chat.completions.create(options)];
    assert.deepEqual(a.choices.map(c => c.message.content), b.choices.map(c => c.message.content));
    assert.deepEqual(a.choices.map(c => c.index), [0, 1, 2]);
  },

  async 'chat, logprobs: best first, bytes give the text'() {
    const answer = await client.chat.completions.create({ model, messages, max_tokens: 8, temperature: 0, logprobs: true, top_logprobs: 3 });
    const tokens = answer.choices[0].logprobs.content;
    const { reasoning, content } = answer.choices[0].message;
    const bare = text => text.replace(/<\/?think>|\s+/g, '');
    assert.equal(bare(Buffer.from(tokens.flatMap(t => t.bytes)).toString()), bare((reasoning ?? '') + (content ?? '')));
    for (const token of tokens) {
      assert.equal(token.top_logprobs.length, 3);
      assert.equal(token.top_logprobs[0].logprob, token.logprob);
      assert.ok(token.logprob <= 0);
    }
  },

  async 'completions, echo and stop'() {
    const prompt = 'The capital of France';
    const options = { model, prompt, max_tokens: 24, temperature: 0, ignore_eos: true };
    const whole = await client.completions.create({ ...options, echo: true });
    assert.ok(whole.choices[0].text.startsWith(prompt));
    const tail = whole.choices[0].text.slice(prompt.length);
    const stop = tail.slice(4, 7);
    const cut = await client.completions.create({ ...options, stop });
    assert.equal(cut.choices[0].text, tail.slice(0, tail.indexOf(stop)));
    assert.equal(cut.choices[0].finish_reason, 'stop');
  },

  async 'abort of a stream frees its sequence'() {
    await until(async () => await running() === 0);
    const stream = await client.chat.completions.create({ model, messages, ignore_eos: true, stream: true });
    let seen = 0;
    for await (const _ of stream) {
      if (++seen === 3) {
        assert.equal(await running(), 1);
        stream.controller.abort();
        break;
      }
    }
    await until(async () => await running() === 0);
  },

  async 'errors are mapped'() {
    await assert.rejects(client.chat.completions.create({ model, messages, temperature: 3 }),
      e => e instanceof BadRequestError && e.status === 400 && e.param === 'temperature' && e.code === 'invalid_value');
    await assert.rejects(client.chat.completions.create({ model: 'nothing', messages }),
      e => e instanceof NotFoundError && e.code === 'model_not_found');
    await assert.rejects(client.chat.completions.create({ model, messages: [{ role: 'user', content: 'x'.repeat(1 << 20) }] }),
      e => e instanceof BadRequestError && e.code === 'context_length_exceeded');
  },

  async '32 at once: greedy answers equal the answer alone'() {
    const options = { model, messages, max_tokens: 16, temperature: 0 };
    const alone = await client.chat.completions.create(options);
    const crowd = await Promise.all(Array.from({ length: 32 }, () => client.chat.completions.create(options)));
    for (const answer of crowd) assert.equal(answer.choices[0].message.content, alone.choices[0].message.content);
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.stack}`);
  }
}
console.log(`${Object.keys(checks).length - failed} of ${Object.keys(checks).length} checks hold for ${model} at ${baseURL}`);
process.exitCode = failed ? 1 : 0;
