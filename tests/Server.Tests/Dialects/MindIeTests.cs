using System.Text.Json;
using KernelDsl.Testing;

namespace Kdsl.Tests.Dialects;

/// <summary>MindIE's own routes and its Triton ones, as its benchmark reads them.</summary>
public class MindIeTests
{
    const string Model = "/v2/models/org%2Fbytes";

    [Fact]
    public async Task Infer_Text_HasItsDetails()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (_, body) = await server.PostAsync("/infer", """{"inputs":"A","stream":false,"parameters":{"details":true,"max_new_tokens":5,"priority":2,"timeout":60}}""");
        Assert.Equal("Hi", body.GetProperty("generated_text").GetString());
        var details = body.GetProperty("details");
        Assert.Equal(("eos_token", 3), (details.GetProperty("finish_reason").GetString(), details.GetProperty("generated_tokens").GetInt32()));
        Assert.Equal([72, 105, 256], details.GetProperty("generated_token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal((2, TimeSpan.FromSeconds(60)), (server.Engine.Requests[0].Priority, server.Engine.Requests[0].Timeout));
    }

    [Fact]
    public async Task Infer_Stream_HasTheTimesOfEachStep()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var events = await server.StreamAsync("/infer", """{"inputs":"A","stream":true}""");
        var steps = events.Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        Assert.Equal(["H", "i", ""], steps.Select(s => s.GetProperty("token").GetProperty("text").GetString()));
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null, JsonValueKind.Null], steps.Select(s => s.GetProperty("prefill_time").ValueKind));
        Assert.Equal([JsonValueKind.Null, JsonValueKind.Number, JsonValueKind.Number], steps.Select(s => s.GetProperty("decode_time").ValueKind));
        Assert.Equal("Hi", steps[^1].GetProperty("generated_text").GetString());
    }

    [Theory]
    [InlineData("/infer")]
    [InlineData("/infer_token")]
    public async Task Infer_Ids_AreThePrompt(string path)
    {
        await using var server = await RunningServer.StartAsync("Hi");
        await server.PostAsync(path, """{"input_id":[65,66]}""");
        Assert.Equal([65, 66], server.Engine.Requests[0].Prompt.ToArray());
    }

    [Fact]
    public async Task InferToken_WithoutIds_IsRefusedInItsDialect()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync("/infer_token", """{"inputs":"A"}""");
        Assert.Equal((422, "Input Validation Error"), (status, body.GetProperty("error_type").GetString()));
        Assert.Contains("input_id", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Tokenizer_CountsAndSpells()
    {
        await using var server = await RunningServer.StartAsync("x");
        Assert.Equal("""{"token_number":2,"tokens":["H","i"]}""", (await server.PostAsync("/v1/tokenizer", """{"inputs":"Hi"}""")).Body.GetRawText());
        Assert.Equal("""{"token_number":2,"tokens":[72,105]}""", (await server.PostAsync("/v1/tokenizer", """{"inputs":"Hi","do_decode":false}""")).Body.GetRawText());
    }

    [Theory]
    [InlineData(Model)]
    [InlineData("/v2/models/org/bytes")]
    [InlineData("/v2/models/org/bytes/versions/1")]
    public async Task Generate_Text_HasTritonsShape(string model)
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync($"{model}/generate", """{"id":"a1","text_input":"A","parameters":{"details":true}}""");
        Assert.Equal(200, status);
        Assert.Equal(
            """{"id":"a1","model_name":"org/bytes","model_version":null,"text_output":"Hi","details":{"finish_reason":"eos_token","generated_tokens":3,"first_token_cost":null,"decode_cost":null,"batch_size":[0,0,0],"queue_wait_time":[0,0,0]}}""",
            body.GetRawText());
    }

    [Fact]
    public async Task GenerateStream_EventsHaveNoBlank_AndTheTimes()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        using var response = await server.Client.PostAsync($"{Model}/generate_stream", new StringContent("""{"id":"a1","text_input":"A","parameters":{"details":true}}"""));
        var events = (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split("\n\n");
        Assert.All(events, e => Assert.StartsWith("data:{", e));
        var steps = events.Select(e => JsonDocument.Parse(e["data:".Length..]).RootElement).ToArray();
        Assert.Equal(["H", "i", ""], steps.Select(s => s.GetProperty("text_output").GetString()));
        Assert.Equal([1, 2, 3], steps.Select(s => s.GetProperty("details").GetProperty("generated_tokens").GetInt32()));
        Assert.Equal(JsonValueKind.Number, steps[0].GetProperty("prefill_time").ValueKind);
        Assert.Equal("eos_token", steps[^1].GetProperty("details").GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Infer_Tensors_AreIdsInAndOut()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (_, body) = await server.PostAsync($"{Model}/infer",
            """{"id":"7","inputs":[{"name":"input0","shape":[1,2],"datatype":"UINT32","data":[65,66]}],"outputs":[{"name":"mine"}]}""");
        Assert.Equal("""{"id":"7","outputs":[{"name":"mine","shape":[1,3],"datatype":"UINT32","data":[72,105,256]}]}""", body.GetRawText());
        Assert.Equal([65, 66], server.Engine.Requests[0].Prompt.ToArray());
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "inputs")]
    [InlineData("""{"inputs":[{"datatype":"FP32","data":[1]}]}""", "datatype")]
    [InlineData("""{"inputs":[{"shape":[2,2],"data":[1]}]}""", "shape")]
    [InlineData("""{"inputs":[{"shape":[1,1]}]}""", "data")]
    [InlineData("""{"inputs":[{"data":[1.5]}]}""", "data[0]")]
    public async Task Infer_BadTensors_AreNamed(string request, string named)
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync($"{Model}/infer", request);
        Assert.Equal(422, status);
        Assert.Contains(named, body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task StopInfer_EndsTheRequestWithWhatItHas()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Tokens("abc")) { Hangs = true }));
        var running = server.PostAsync($"{Model}/generate", """{"id":"long","text_input":"A"}""");
        await RunningServer.Until(() => server.Engine.Requests.Count == 1);

        int status = 0;
        JsonElement echo = default;
        for (int i = 0; i < 100 && status != 200; i++)
        {
            (status, echo) = await server.PostAsync($"{Model}/stopInfer", """{"id":"long"}""");
            await Task.Delay(10);
        }

        Assert.Equal((200, """{"id":"long"}"""), (status, echo.GetRawText()));
        Assert.Equal((200, "abc"), ((await running).Status, (await running).Body.GetProperty("text_output").GetString()));
        Assert.Equal(404, (await server.PostAsync($"{Model}/stopInfer", """{"id":"long"}""")).Status);
        Assert.Equal(422, (await server.PostAsync($"{Model}/stopInfer", "{}")).Status);
    }

    [Fact]
    public async Task AnotherModel_IsNotFound()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync("/v2/models/other/generate", """{"text_input":"A"}""");
        Assert.Equal((404, "NotFoundError"), (status, body.GetProperty("error_type").GetString()));
        Assert.Contains("org/bytes", body.GetProperty("error").GetString());
        Assert.Equal(404, (await server.PostAsync($"{Model}/fly", "{}")).Status);
    }
}
