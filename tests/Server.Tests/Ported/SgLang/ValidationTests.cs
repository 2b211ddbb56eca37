using System.Text;
using System.Text.Json;
using Kdsl.Tests.Reliability;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>
/// SGLang's validation/test_matched_stop.py (with python/sglang/test/kits/matched_stop_kit.py), test_request_length_validation.py, test_openai_server_ignore_eos.py and
/// test_strict_model_validation.py of test/registered/openai_server.
/// </summary>
public class ValidationTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Story = "Once upon a time.\nThe end.";

    /// <summary>What ended the answer: a string, an id of the request, the end of the turn, nothing. vLLM's stop_reason has only what the request asked for.</summary>
    [Theory]
    [InlineData("\"stop\":\"\\n\"", "stop", "\"\\n\"", "\"\\n\"")]
    [InlineData("\"stop_token_ids\":[46]", "stop", "46", "46")]
    [InlineData("\"max_tokens\":1000", "stop", "256", null)]
    [InlineData("\"max_tokens\":5", "length", null, null)]
    public async Task MatchedStop_SaysWhatEndedTheAnswer(string fields, string finish, string? matched, string? reason)
    {
        string completion = $"{{\"prompt\":\"x\",{(fields.Contains("max_tokens", StringComparison.Ordinal) ? fields : fields + ",\"max_tokens\":1000")}}}";
        server.Says(Story);
        Check(await server.ChoiceAsync(fields));
        Check((await server.PostAsync(ScriptedServer.Completions, completion)).GetProperty("choices")[0]);
        Check((await server.ChatStreamAsync(fields)).Choices.Last());
        Check((await server.StreamAsync(ScriptedServer.Completions, completion[..^1] + ",\"stream\":true}")).Choices.Last());

        void Check(JsonElement choice)
        {
            Assert.Equal(finish, choice.GetProperty("finish_reason").GetString());
            Assert.Equal(matched, choice.TryGetProperty("matched_stop", out var stop) ? stop.GetRawText() : null);
            Assert.Equal(reason, choice.TryGetProperty("stop_reason", out stop) ? stop.GetRawText() : null);
        }
    }

    [Theory]
    [InlineData(2400, false)]
    [InlineData(2048, false)]
    [InlineData(2400, true)]
    public async Task Prompt_BeyondTheContext_Is400(int length, bool stream)
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message(stream ? "\"stream\":true" : "", new string('h', length)));
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Contains("2048", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>A server that is told to be strict refuses what it would otherwise cut, as SGLang does.</summary>
    [Fact]
    public async Task MaxTokens_BeyondTheContext_Are400_WhereTheServerIsStrict()
    {
        await using var strict = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")), new() { Strict = true });
        var (status, body) = await strict.PostAsync(ScriptedServer.Chat, ScriptedServer.Message("\"max_tokens\":4000"));
        Assert.Equal((400, "max_tokens"), (status, body.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task IgnoreEos_GoesOnToTheLimit()
    {
        server.Script = _ => new Script([.. ByteModel.Answer("1 2 3"), .. ByteModel.Tokens(string.Concat(Enumerable.Repeat(" 4", 200)))]);
        var stopped = await server.ChoiceAsync("\"max_tokens\":200,\"ignore_eos\":false");
        var ignoring = await server.ChoiceAsync("\"max_tokens\":200,\"ignore_eos\":true");
        Assert.Equal(("1 2 3", "stop"), (stopped.GetProperty("message").GetProperty("content").GetString(), stopped.GetProperty("finish_reason").GetString()));
        Assert.Equal("length", ignoring.GetProperty("finish_reason").GetString());
        Assert.Equal(199, ignoring.GetProperty("message").GetProperty("content").GetString()!.Length);
    }

    [Theory]
    [InlineData(ScriptedServer.Chat, "{\"model\":\"wrong_model_name\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 404)]
    [InlineData(ScriptedServer.Completions, "{\"model\":\"wrong_model_name\",\"prompt\":\"hi\"}", 404)]
    [InlineData(ScriptedServer.Chat, "{\"model\":\"org/bytes\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":5}", 200)]
    public async Task Model_MustBeTheOneThatIsServed(string path, string body, int status)
    {
        var (actual, answer) = await server.Says("ok").Http.PostAsync(path, body);
        Assert.Equal(status, actual);
        if (status != 404)
            return;
        string message = answer.GetProperty("error").GetProperty("message").GetString()!;
        Assert.Contains("'wrong_model_name' does not exist", message, StringComparison.Ordinal);
        Assert.Contains("'org/bytes'", message, StringComparison.Ordinal);
    }
}

/// <summary>SGLang's validation/test_large_max_new_tokens.py over the real engine: answers that could become long hold no room before they are, so that they run side by side.</summary>
public class LargeMaxNewTokensTests
{
    [Fact]
    public async Task AnswersWithoutALimit_RunSideBySide()
    {
        int most = 0;
        var model = new HashModel(LiveServer.Limits) { OnStep = (int _, in StepInputs inputs) => most = Math.Max(most, inputs.Lengths.Length) };
        await using var server = await LiveServer.StartAsync(model);
        // Eight answers that may fill a context of 512 each, in a memory of 2048.
        using var content = new StringContent(ScriptedServer.Message("\"n\":8,\"temperature\":0"), Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(ScriptedServer.Chat, content);
        var choices = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("choices");
        Assert.Equal(8, most);
        Assert.All(choices.EnumerateArray(), choice => Assert.Equal("length", choice.GetProperty("finish_reason").GetString()));
    }
}
