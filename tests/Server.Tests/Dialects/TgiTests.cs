using System.Text;
using System.Text.Json;
using KernelDsl.Testing;

namespace Kdsl.Tests.Dialects;

/// <summary>/, /generate and /generate_stream as a client of TGI or MindIE reads them.</summary>
public class TgiTests
{
    [Fact]
    public async Task GenerateStream_TheSeedsCurl_StreamsThoughStreamIsFalse()
    {
        await using var server = await RunningServer.StartAsync("故宫。");
        var events = await server.StreamAsync("/generate_stream",
            """{"inputs": "请介绍一个北京的景点", "parameters": {"do_sample": false, "max_new_tokens": 128}, "stream": false}""");

        Assert.Equal(
        [
            """{"token":{"id":[230,149,133],"text":"故","logprob":null,"special":null},"generated_text":null,"details":null}""",
            """{"token":{"id":[229,174,171],"text":"宫","logprob":null,"special":null},"generated_text":null,"details":null}""",
            """{"token":{"id":[227,128,130],"text":"。","logprob":null,"special":null},"generated_text":null,"details":null}""",
            """{"token":{"id":[256],"text":"","logprob":null,"special":null},"generated_text":"故宫。","details":null}""",
        ], events);
        var request = Assert.Single(server.Engine.Requests);
        Assert.Equal("请介绍一个北京的景点", Encoding.UTF8.GetString([.. request.Prompt.ToArray().Select(id => (byte)id)]));
        Assert.Equal((0f, 128), (request.Sampling.Temperature, request.MaxTokens));
    }

    [Fact]
    public async Task Generate_Whole_HasTheTextAndItsDetails()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync("/generate", """{"inputs":"A","parameters":{"details":true,"decoder_input_details":true,"seed":7}}""");

        Assert.Equal(200, status);
        Assert.Equal("Hi", body.GetProperty("generated_text").GetString());
        var details = body.GetProperty("details");
        Assert.Equal((1, "eos_token", 3, 7), (details.GetProperty("prompt_tokens").GetInt32(), details.GetProperty("finish_reason").GetString(),
            details.GetProperty("generated_tokens").GetInt32(), details.GetProperty("seed").GetInt32()));
        Assert.Equal(["H", "i", ""], details.GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("text").GetString()));
        Assert.Equal(65, Assert.Single(details.GetProperty("prefill").EnumerateArray()).GetProperty("id").GetInt32());
        Assert.Equal(20, Assert.Single(server.Engine.Requests).MaxTokens);
    }

    [Theory]
    [InlineData("""{"inputs":"A"}""", """[{"generated_text":"Hi"}]""")]
    [InlineData("""{"inputs":"A","stream":false,"parameters":{"return_full_text":true}}""", """[{"generated_text":"AHi"}]""")]
    public async Task Root_Whole_IsAnArray(string request, string answer)
    {
        await using var server = await RunningServer.StartAsync("Hi");
        Assert.Equal(answer, (await server.PostAsync("/", request)).Body.GetRawText());
    }

    [Fact]
    public async Task Root_Streaming_IsAStream()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        Assert.Equal(3, (await server.StreamAsync("/", """{"inputs":"A","stream":true}""")).Count);
    }

    [Theory]
    [InlineData("length", """{"max_new_tokens":2}""", "He")]
    [InlineData("stop_sequence", """{"stop":["lo"]}""", "Hel")]
    [InlineData("eos_token", "{}", "Hello")]
    public async Task FinishReason_SaysWhy(string reason, string parameters, string text)
    {
        await using var server = await RunningServer.StartAsync("Hello");
        var merged = parameters == "{}" ? """{"details":true}""" : parameters[..^1] + ""","details":true}""";
        var (_, body) = await server.PostAsync("/generate", $$"""{"inputs":"A","parameters":{{merged}}}""");
        Assert.Equal((reason, text == "Hel" ? "Hel" : text), (body.GetProperty("details").GetProperty("finish_reason").GetString(), body.GetProperty("generated_text").GetString()));
    }

    [Fact]
    public async Task Truncate_KeepsTheEndOfThePrompt()
    {
        await using var server = await RunningServer.StartAsync("x");
        await server.PostAsync("/generate", """{"inputs":"abcdef","parameters":{"truncate":2}}""");
        Assert.Equal([101, 102], Assert.Single(server.Engine.Requests).Prompt.ToArray());
    }

    [Theory]
    [InlineData("""{"parameters":{}}""", "inputs")]
    [InlineData("""{"inputs":3}""", "inputs")]
    [InlineData("""{"inputs":"A","parameters":{"temperature":0}}""", "temperature")]
    [InlineData("""{"inputs":"A","parameters":{"top_p":1}}""", "top_p")]
    [InlineData("""{"inputs":"A","parameters":{"top_k":0}}""", "top_k")]
    [InlineData("""{"inputs":"A","parameters":{"max_new_tokens":0}}""", "max_new_tokens")]
    [InlineData("""{"inputs":"A","parameters":{"seed":-1}}""", "seed")]
    [InlineData("""{"inputs":"A","parameters":{"stop":[""]}}""", "stop")]
    [InlineData("""{"inputs":"A","parameters":[]}""", "parameters")]
    [InlineData("""[1]""", "object")]
    [InlineData("""{"inputs":""", "JSON")]
    public async Task BadRequest_IsAValidationErrorOfTgi(string request, string named)
    {
        await using var server = await RunningServer.StartAsync("x");
        foreach (var path in (string[])["/", "/generate", "/generate_stream"])
        {
            var (status, body) = await server.PostAsync(path, request);
            Assert.Equal((422, "validation"), (status, body.GetProperty("error_type").GetString()));
            Assert.Contains(named, body.GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task IgnoredFields_AreNamedInAHeader_AndRefusedWhenStrict()
    {
        const string request = """{"inputs":"A","extra":1,"parameters":{"watermark":true,"typical_p":0.5}}""";
        await using (var server = await RunningServer.StartAsync("x"))
        {
            using var response = await server.Client.PostAsync("/generate", new StringContent(request));
            Assert.Equal("extra, parameters.watermark, parameters.typical_p", Assert.Single(response.Headers.GetValues("X-Ignored-Params")));
        }

        await using var strict = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new() { Strict = true });
        var (status, body) = await strict.PostAsync("/generate", request);
        Assert.Equal(422, status);
        Assert.Contains("'extra'", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Failure_MidStream_BecomesTheLastEvent()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Tokens("ab")) { Failure = new InvalidOperationException("boom") }));
        var events = await server.StreamAsync("/generate_stream", """{"inputs":"A"}""");
        Assert.Equal("incomplete_generation", JsonDocument.Parse(events[^1]).RootElement.GetProperty("error_type").GetString());
    }

    [Fact]
    public async Task NoContentType_IsRead()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        using var response = await server.Client.PostAsync("/generate", new ByteArrayContent(Encoding.UTF8.GetBytes("""{"inputs":"A"}""")));
        Assert.Equal("""{"generated_text":"Hi"}""", await response.Content.ReadAsStringAsync());
    }
}
