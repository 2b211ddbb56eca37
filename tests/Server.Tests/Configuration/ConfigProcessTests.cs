using KernelDsl.Model.Tests;
using Xunit.Abstractions;

namespace Kdsl.Tests.Configuration;

/// <summary>The program itself: what it prints and its exit codes.</summary>
public class ConfigProcessTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Config_PrintsValuesWithTheirSources()
    {
        using var folder = new TemporaryFolder();
        string mindIe = folder.Write("c.json", "{\n\"ServerConfig\": {\n\"port\": 1025, \"openAiSupport\": \"openai\"}}");
        var (code, text, errors) = await KdslProcess.RunAsync("", "config", "--config", mindIe, "--host", "localhost", "--support-select-batch");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches($@"(?m)^port +1025 +{mindIe}:3: ServerConfig\.port; used: ", text);
        Assert.Matches(@"(?m)^host +localhost +--host; used: ", text);
        Assert.Matches(@"(?m)^max-batch +16 +default; used: ", text);
        Assert.Matches(@"(?m)^support-select-batch +true +--support-select-batch; ", text);
        Assert.Matches($@"(?m)^open-ai-support +openai +{mindIe}:3: ServerConfig\.openAiSupport; ignored: ", text);
        Assert.DoesNotContain("world-size", text, StringComparison.Ordinal);
        Assert.Contains("world-size", (await KdslProcess.RunAsync("", "config", "--all")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seed_IsServed_AsItIs()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out string mindIe)) return;
        string demo = Path.Combine(Shared.Root, "models", "demo");
        // The demo model has 2048 positions, 2560 are asked for: told, not cut.
        var refused = await KdslProcess.RunAsync("", "serve", demo, "--config", mindIe, "--yaml", yaml, "--port", "0", "--threads", "1");
        Assert.Equal(2, refused.Code);
        Assert.Contains($"{mindIe}:", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("maxSeqLen is '2560'; expected at most 2048", refused.Errors, StringComparison.Ordinal);
        string errors = await KdslProcess.ServeAsync([demo, "--config", mindIe, "--yaml", yaml, "--max-seq-len", "2048"], async client =>
            Assert.Contains("QwQ-32B", await client.GetStringAsync("models"), StringComparison.Ordinal));
        Assert.Contains("hidden_size is 5120", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--https is", "serve", "--https=maybe")]
    [InlineData(2, "--https needs --tls-certificate", "serve", "--https")]
    [InlineData(2, "/no/such.pem", "serve", "--https", "--tls-certificate", "/no/such.pem")]
    [InlineData(2, "--api-key-file cannot be read", "serve", "--api-key-file", "/no/such")]
    [InlineData(2, "--api-keys is '***'", "serve", "--api-keys", "[1]")]
    [InlineData(2, "a sequence has at most 2048", "plan", "--input", "2000", "--output", "2000")]
    [InlineData(2, "/no/such: no such folder", "plan", "/no/such")]
    [InlineData(1, "1 fault; see above", "doctor", "--host", "203.0.113.1")]
    public async Task Exit_HasACodeAndAReason(int code, string expected, params string[] arguments)
    {
        var result = await KdslProcess.RunAsync("", arguments);
        Assert.Equal(code, result.Code);
        Assert.StartsWith("kdsl: ", Assert.Single(result.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OfAFolderWithConfigAlone_PrintsTheNumbers()
    {
        using var folder = new TemporaryFolder();
        var (code, text, errors) = await KdslProcess.RunAsync("", "plan", SeedFiles.WriteModel(folder), "--bandwidth", "100GB", "--threads", "1");
        Assert.Contains("32,763,876,352 parameters in 64 layers", text, StringComparison.Ordinal);
        Assert.Contains("10 requests of 61 + 512 tokens at once:", text, StringComparison.Ordinal);
        // A machine that is too small says so at the end.
        Assert.Equal(errors.Length > 0 ? 2 : 0, code);
    }
}
