using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>
/// TGI's router/src/validation.rs and clients/python/tests/test_types.py: the ranges of a request, over HTTP. Images are not read here; typical_p, top_n_tokens and watermark are named in a
/// header instead of being used.
/// </summary>
public class ValidationTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    static string Body(string parameters, string inputs = "Hello") => $$$"""{"inputs":"{{{inputs}}}","parameters":{ {{{parameters}}} }}""";

    [Theory]
    [InlineData("\"top_p\":1.0", "top_p")]
    [InlineData("\"top_p\":0", "top_p")]
    [InlineData("\"top_p\":-1", "top_p")]
    [InlineData("\"best_of\":2,\"do_sample\":false", "best_of")]
    [InlineData("\"best_of\":2,\"do_sample\":true", "best_of")]
    [InlineData("\"best_of\":2,\"seed\":1", "best_of")]
    [InlineData("\"best_of\":0", "best_of")]
    [InlineData("\"best_of\":-1", "best_of")]
    [InlineData("\"repetition_penalty\":0", "repetition_penalty")]
    [InlineData("\"repetition_penalty\":-1", "repetition_penalty")]
    [InlineData("\"seed\":-1", "seed")]
    [InlineData("\"temperature\":0", "temperature")]
    [InlineData("\"temperature\":-1", "temperature")]
    [InlineData("\"top_k\":0", "top_k")]
    [InlineData("\"top_k\":-1", "top_k")]
    [InlineData("\"truncate\":0", "truncate")]
    [InlineData("\"truncate\":-1", "truncate")]
    public async Task Parameter_OutOfRange_Is422(string parameters, string named)
    {
        var (status, body) = await server.Http.PostAsync("/generate", Body(parameters));
        Assert.Equal((422, "validation"), (status, body.GetProperty("error_type").GetString()));
        Assert.Contains($"parameters.{named}", body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"top_p\":0.99,\"max_new_tokens\":5")]
    [InlineData("\"top_p\":0.5")]
    [InlineData("\"max_new_tokens\":5")]
    [InlineData("\"best_of\":1")]
    [InlineData("\"repetition_penalty\":1")]
    [InlineData("\"seed\":1")]
    [InlineData("\"temperature\":1")]
    [InlineData("\"top_k\":1")]
    [InlineData("\"truncate\":1")]
    public Task Parameter_InRange_IsAccepted(string parameters) => server.Says("ok").PostAsync("/generate", Body(parameters));

    /// <summary>Leaving out top_p leaves it to the model's own.</summary>
    [Fact]
    public async Task TopP_LeftOut_IsTheModels()
    {
        await server.Says("ok").PostAsync("/generate", Body("\"max_new_tokens\":5"));
        Assert.Equal(0.95f, server.Last.Sampling.TopP);
    }

    [Fact]
    public async Task Inputs_ThatAreEmpty_Are422()
    {
        var (status, body) = await server.Http.PostAsync("/generate", Body("\"seed\":1", inputs: ""));
        Assert.Equal((422, "validation"), (status, body.GetProperty("error_type").GetString()));
    }

    /// <summary>More new tokens than the context has left, and a prompt beyond it: TGI refuses both, this server the first only where it is strict (else it cuts, and says so in a header).</summary>
    [Theory]
    [InlineData("Hello", 4000, true, 422)]
    [InlineData("Hello", 4000, false, 200)]
    [InlineData(null, 10, false, 422)]
    public async Task Lengths_BeyondTheContext(string? inputs, int tokens, bool strict, int expected)
    {
        await using var own = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")), new() { Strict = strict });
        var (status, body) = await own.PostAsync("/generate", Body($"\"max_new_tokens\":{tokens}", inputs ?? new string('a', 3000)));
        Assert.Equal(expected, status);
        if (status != 200)
            Assert.Equal("validation", body.GetProperty("error_type").GetString());
    }
}
