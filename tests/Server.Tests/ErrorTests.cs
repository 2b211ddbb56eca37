using System.Text;
using System.Text.Json;
using Kdsl.Http;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class ErrorTests
{
    const string Chat = "/v1/chat/completions", Completions = "/v1/completions";

    [Theory]
    [InlineData("\"temperature\":\"hot\"", "temperature", "invalid_type")]
    [InlineData("\"temperature\":2.5", "temperature", "invalid_value")]
    [InlineData("\"temperature\":-1", "temperature", "invalid_value")]
    [InlineData("\"temperature\":1e999", "temperature", "invalid_value")]
    [InlineData("\"top_p\":0", "top_p", "invalid_value")]
    [InlineData("\"top_p\":1.5", "top_p", "invalid_value")]
    [InlineData("\"top_k\":-2", "top_k", "invalid_value")]
    [InlineData("\"top_k\":1.5", "top_k", "invalid_value")]
    [InlineData("\"min_p\":2", "min_p", "invalid_value")]
    [InlineData("\"repetition_penalty\":0", "repetition_penalty", "invalid_value")]
    [InlineData("\"presence_penalty\":3", "presence_penalty", "invalid_value")]
    [InlineData("\"frequency_penalty\":-3", "frequency_penalty", "invalid_value")]
    [InlineData("\"seed\":1.5", "seed", "invalid_value")]
    [InlineData("\"seed\":\"1\"", "seed", "invalid_type")]
    [InlineData("\"n\":0", "n", "invalid_value")]
    [InlineData("\"n\":129", "n", "invalid_value")]
    [InlineData("\"n\":99999999999", "n", "invalid_value")]
    [InlineData("\"n\":true", "n", "invalid_type")]
    [InlineData("\"max_tokens\":0", "max_tokens", "invalid_value")]
    [InlineData("\"max_tokens\":-5", "max_tokens", "invalid_value")]
    [InlineData("\"priority\":0", "priority", "invalid_value")]
    [InlineData("\"timeout\":0", "timeout", "invalid_value")]
    [InlineData("\"stop\":5", "stop", "invalid_type")]
    [InlineData("\"stop\":[\"a\",5]", "stop[1]", "invalid_type")]
    [InlineData("\"stop\":\"\"", "stop", "invalid_value")]
    [InlineData("\"stream\":\"yes\"", "stream", "invalid_type")]
    [InlineData("\"stream_options\":{\"include_usage\":true}", "stream_options", "invalid_value")]
    [InlineData("\"logit_bias\":[1]", "logit_bias", "invalid_type")]
    [InlineData("\"logit_bias\":{\"a\":1}", "logit_bias", "invalid_value")]
    [InlineData("\"logit_bias\":{\"5\":101}", "logit_bias", "invalid_value")]
    [InlineData("\"logit_bias\":{\"999999\":1}", "logit_bias", "invalid_value")]
    [InlineData("\"stop_token_ids\":[-1]", "stop_token_ids", "invalid_value")]
    [InlineData("\"model\":7", "model", "invalid_type")]
    public async Task Parameter_ThatCannotBeUsed_IsNamed(string field, string param, string code)
    {
        await using var server = await RunningServer.StartAsync("ok");
        foreach (var (path, prompt) in ((string, string)[])[(Chat, "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"), (Completions, "\"prompt\":\"x\"")])
        {
            var (status, body) = await server.PostAsync(path, $"{{{prompt},{field}}}");
            AssertError(400, param, code, status, body);
        }

        Assert.Empty(server.Engine.Requests);
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task MaxTokens_BeyondTheContext_AreCutAndTheHeaderSaysSo(string field)
    {
        string request = $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],\"{field}\":32768}}";
        await using (var server = await RunningServer.StartAsync("ok"))
        {
            using var response = await server.Client.PostAsync(Chat, new StringContent(request));
            Assert.Equal(200, (int)response.StatusCode);
            int prompt = server.Engine.Requests[0].Prompt.Length;
            Assert.Equal($"{server.Engine.Limits.ContextLength - prompt}", Assert.Single(response.Headers.GetValues("X-Max-Tokens-Applied")));
        }

        await using var strict = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")), new() { Strict = true });
        var (status, body) = await strict.PostAsync(Chat, request);
        AssertError(400, "max_tokens", "context_length_exceeded", status, body);
    }

    [Theory]
    [InlineData("""{}""", "messages", "missing_required_parameter")]
    [InlineData("""{"messages":[]}""", "messages", "invalid_value")]
    [InlineData("""{"messages":"hi"}""", "messages", "invalid_type")]
    [InlineData("""{"messages":["hi"]}""", "messages[0]", "invalid_type")]
    [InlineData("""{"messages":[{"content":"x"}]}""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"wizard","content":"x"}]}""", "messages[1].role", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":null}]}""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""", "messages[0].content[0].type", "unsupported_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"refuse me"}]}""", "messages", "invalid_value")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{"}}]}]}""", "messages[0].tool_calls[0].function.arguments", "invalid_value")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{}"}}]}]}""", "messages[0].tool_calls[0].function.name", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"top_logprobs":2}""", "top_logprobs", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":21}""", "top_logprobs", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"logprobs":3}""", "logprobs", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}""", "tools[0].function", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"f"}}],"tool_choice":"sometimes"}""", "tool_choice", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"yaml"}}""", "response_format.type", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"functions":[]}""", "functions", "unsupported_parameter")]
    [InlineData("""[]""", null, "invalid_type")]
    [InlineData("""null""", null, "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}""", null, "invalid_json")]
    [InlineData("""{"messages":[],"messages":[]}""", null, "invalid_json")]
    [InlineData("", null, "invalid_json")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", null, "invalid_utf8")]
    public async Task ChatBody_ThatCannotBeUsed_IsRefused(string json, string? param, string code)
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Chat, json);
        AssertError(400, param, code, status, body);
    }

    [Theory]
    [InlineData("""{}""", "prompt", "missing_required_parameter")]
    [InlineData("""{"prompt":5}""", "prompt", "invalid_type")]
    [InlineData("""{"prompt":""}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":[]}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":[1,"a"]}""", "prompt[1]", "invalid_type")]
    [InlineData("""{"prompt":[99999]}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":["a","b","c"],"n":100}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":["a",[1,-1]]}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":"a","logprobs":21}""", "logprobs", "invalid_value")]
    [InlineData("""{"prompt":"a","logprobs":true}""", "logprobs", "invalid_type")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", "suffix", "unsupported_parameter")]
    [InlineData("""{"prompt":"a","best_of":2}""", "best_of", "unsupported_parameter")]
    public async Task CompletionBody_ThatCannotBeUsed_IsRefused(string json, string? param, string code)
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Completions, json);
        AssertError(400, param, code, status, body);
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task InvalidUtf8_IsRefused()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Chat, [.. "{\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8]);
        AssertError(400, null, "invalid_utf8", status, body);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public async Task DeepJson_IsRefused(char open, char close)
    {
        string opening = open == '{' ? "{\"a\":" : "[";
        string deep = string.Concat(Enumerable.Repeat(opening, 100_000)) + "1" + new string(close, 100_000);
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Chat, $$"""{"messages":{{deep}}}""");
        AssertError(400, null, "invalid_json", status, body);
    }

    [Fact]
    public async Task PromptOfAMegabyte_IsTooLongForTheContext()
    {
        await using var server = await RunningServer.StartAsync("ok");
        string megabyte = new('a', 1 << 20);
        var (status, body) = await server.PostAsync(Chat, $$"""{"messages":[{"role":"user","content":"{{megabyte}}"}]}""");
        AssertError(400, "messages", "context_length_exceeded", status, body);
        (status, body) = await server.PostAsync(Completions, $$"""{"prompt":"{{megabyte}}"}""");
        AssertError(400, "prompt", "context_length_exceeded", status, body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_AboveTheLimit_Is413(bool lengthKnown)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")), new ServerOptions { MaxRequestBytes = 1000 });
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new ByteArrayContent(new byte[2000]) };
        request.Headers.TransferEncodingChunked = !lengthKnown;
        using var response = await server.Client.SendAsync(request);
        AssertError(413, null, "request_too_large", (int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
        Assert.Equal(200, (await server.PostAsync(Chat, """{"messages":[{"role":"user","content":"x"}]}""")).Status);
    }

    [Fact]
    public async Task Model_ThatIsNotServed_Is404()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.PostAsync(Chat, """{"model":"gpt-4","messages":[{"role":"user","content":"x"}]}""");
        AssertError(404, "model", "model_not_found", status, body);
        (status, body) = await server.GetAsync("/v1/models/gpt-4");
        AssertError(404, "model", "model_not_found", status, body);
    }

    [Fact]
    public async Task Route_ThatDoesNotExist_Is404AndWrongMethod405()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (status, body) = await server.GetAsync("/v1/nothing");
        AssertError(404, null, "unknown_url", status, body);
        (status, body) = await server.GetAsync(Chat);
        AssertError(405, null, "method_not_allowed", status, body);
        (status, body) = await server.PostAsync("/v1/models", "{}");
        AssertError(405, null, "method_not_allowed", status, body);
    }

    [Fact]
    public async Task Body_UnderAnyContentType_IsRead()
    {
        await using var server = await RunningServer.StartAsync("ok");
        using var content = new StringContent("\uFEFF{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await server.Client.PostAsync(Chat, content);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Failure_OfTheEngine_Is500AndFreesTheOtherChoices()
    {
        int count = 0;
        var error = new GenerationException(GenerationError.StepFailed, "The step failed.");
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ =>
            count++ == 1 ? new Script([]) { Failure = error } : new Script(ByteModel.Tokens("a")) { Hangs = true }));
        var (status, body) = await server.PostAsync(Chat, """{"messages":[{"role":"user","content":"x"}],"n":3}""");
        AssertError(500, null, "generation_failed", status, body);
        Assert.Equal(0, server.Engine.Status.Running);
    }

    static void AssertError(int status, string? param, string code, int actualStatus, JsonElement body)
    {
        var error = body.GetProperty("error");
        Assert.Equal((status, param, code), (actualStatus, error.GetProperty("param").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(status < 500 ? "invalid_request_error" : "server_error", error.GetProperty("type").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.Equal(4, error.EnumerateObject().Count());
    }
}
