namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_ignore_eos.py. It shows the biases by which the end is kept away; here the law is asked for itself.</summary>
public class IgnoreEosTests
{
    [Theory]
    [InlineData("", "stop", 3)]
    [InlineData(",\"ignore_eos\":false", "stop", 3)]
    [InlineData(",\"ignore_eos\":true", "length", 8)]
    public async Task End_EndsTheAnswer_UnlessItIsIgnored(string field, string finish, int tokens)
    {
        int[] script = [.. ByteModel.Answer("ab"), .. ByteModel.Answer("cdefghij")];
        await using var server = await RunningServer.StartAsync(new KernelDsl.Testing.ScriptedEngine(script));
        var (_, body) = await server.PostAsync("/v1/completions", $$"""{"prompt":"Once upon a time","max_tokens":8{{field}}}""");
        Assert.Equal((finish, tokens), (body.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), body.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        Assert.Equal(finish == "stop" ? "ab" : "abcdefg", body.GetProperty("choices")[0].GetProperty("text").GetString());
    }
}
