using System.Text.Json;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>
/// TGI's clients/python/tests/test_errors.py: its client chooses an exception by <c>error_type</c>, and only without one by the status. What this server answers must lead it to the
/// right one.
/// </summary>
public class ClientErrorTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    /// <summary>The client's rule (text_generation/errors.py).</summary>
    static string Exception(int status, JsonElement payload) => payload.TryGetProperty("error_type", out var type) && type.GetString() switch
    {
        "generation" => "GenerationError",
        "incomplete_generation" => "IncompleteGenerationError",
        "overloaded" => "OverloadedError",
        "validation" => "ValidationError",
        _ => null,
    } is { } known ? known : status switch
    {
        400 => "BadRequestError",
        403 or 424 => "ShardNotReadyError",
        504 => "ShardTimeoutError",
        404 => "NotFoundError",
        429 => "RateLimitExceededError",
        _ => "UnknownError",
    };

    [Theory]
    [InlineData(GenerationError.StepFailed, "IncompleteGenerationError")]
    [InlineData(GenerationError.Overloaded, "OverloadedError")]
    [InlineData(GenerationError.TimedOut, "ShardTimeoutError")]
    public async Task Failure_OfTheEngine(GenerationError error, string exception)
    {
        server.Script = _ => new Script([]) { Failure = new GenerationException(error, "test") };
        var (status, body) = await server.Http.PostAsync("/generate", """{"inputs":"x"}""");
        Assert.Equal(exception, Exception(status, body));
        Assert.Equal("test", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("/generate", """{"inputs":"x","parameters":{"top_p":2}}""", "ValidationError")]
    [InlineData("/generate", """{"inputs":""", "ValidationError")]
    [InlineData("/nowhere", "{}", "NotFoundError")]
    public async Task Refusal(string path, string json, string exception)
    {
        var (status, body) = await server.Http.PostAsync(path, json);
        Assert.Equal(exception, Exception(status, body));
    }
}
