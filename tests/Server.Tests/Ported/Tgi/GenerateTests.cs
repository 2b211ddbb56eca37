using System.Text;
using System.Text.Json;
using Kdsl.Tests.Reliability;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>TGI's integration-tests/models/test_flash_qwen2.py and clients/python/tests/test_client.py: the route /generate as its client reads it.</summary>
public class GenerateTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Fact]
    public async Task Generate_HasDetails()
    {
        var body = await server.Says("_x").PostAsync("/generate", """{"inputs":"test","parameters":{"max_new_tokens":1,"details":true,"decoder_input_details":true}}""");
        var details = body.GetProperty("details");
        Assert.Equal(("_", "length", 1, JsonValueKind.Null), (body.GetProperty("generated_text").GetString(), details.GetProperty("finish_reason").GetString(),
            details.GetProperty("generated_tokens").GetInt32(), details.GetProperty("seed").ValueKind));
        Assert.Equal(4, details.GetProperty("prefill").GetArrayLength());
        var token = Assert.Single(details.GetProperty("tokens").EnumerateArray());
        Assert.Equal(((int)'_', "_", false), (token.GetProperty("id").GetInt32(), token.GetProperty("text").GetString(), token.GetProperty("special").GetBoolean()));
    }

    [Fact]
    public async Task GenerateStream_EndsWithTheTextAndDetails()
    {
        var events = await server.Says("_x").Http.StreamAsync("/generate_stream", """{"inputs":"test","parameters":{"max_new_tokens":1,"details":true}}""");
        var only = JsonDocument.Parse(Assert.Single(events)).RootElement;
        Assert.Equal(("_", "length", 1, JsonValueKind.Null), (only.GetProperty("generated_text").GetString(), only.GetProperty("details").GetProperty("finish_reason").GetString(),
            only.GetProperty("details").GetProperty("generated_tokens").GetInt32(), only.GetProperty("details").GetProperty("seed").ValueKind));
    }

    [Fact]
    public async Task AllParameters_ReachTheEngine()
    {
        var body = await server.Says("abcdefghijkl").PostAsync("/generate", """
            {"inputs":"Test request","parameters":{"max_new_tokens":10,"repetition_penalty":1.2,"return_full_text":true,"stop":["test"],"temperature":0.5,"top_p":0.9,"top_k":10,"truncate":5,
            "typical_p":0.9,"watermark":true,"details":true,"decoder_input_details":true,"seed":0}}
            """);
        Assert.Equal(("Test requestabcdefghij", 10), (body.GetProperty("generated_text").GetString(), body.GetProperty("details").GetProperty("generated_tokens").GetInt32()));
        var sampling = server.Last.Sampling;
        Assert.Equal((1.2f, 0.5f, 0.9f, 10, 0UL, 5), (sampling.RepetitionPenalty, sampling.Temperature, sampling.TopP, sampling.TopK, sampling.Seed, server.Last.Prompt.Length));
    }

    [Fact]
    public async Task UnknownRoute_Is404()
    {
        using var response = await server.Http.Client.PostAsync("/nowhere/generate", new StringContent("{}"));
        Assert.Equal(404, (int)response.StatusCode);
    }

    /// <summary>Four at once say the same as one alone, over the real engine.</summary>
    [Fact]
    public async Task Load_OfEqualRequests_GivesEqualTexts()
    {
        await using var live = await LiveServer.StartAsync();
        async Task<string> GenerateAsync()
        {
            using var response = await live.Client.PostAsync("/generate", new StringContent("""{"inputs":"Test request","parameters":{"max_new_tokens":10,"do_sample":false,"details":true}}""", Encoding.UTF8, "application/json"));
            var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            return string.Join(',', body.GetProperty("details").GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("id").GetInt32()));
        }

        string alone = await GenerateAsync();
        Assert.Equal(10, alone.Split(',').Length);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GenerateAsync())), ids => Assert.Equal(alone, ids));
    }
}
