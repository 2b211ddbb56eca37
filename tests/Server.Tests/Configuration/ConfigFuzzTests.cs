using System.Globalization;
using CsCheck;
using Kdsl.Configuration;
using Kdsl.Configuration.Table;
using Kdsl.Configuration.Types;
using Kdsl.Serving;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace Kdsl.Tests.Configuration;

/// <summary>R11 of SERVE.md 8.4: whatever is set, the server starts or a message names the field.</summary>
public class ConfigFuzzTests
{
    static readonly string[] Texts =
    [
        "", " ", "0", "-1", "1", "16", "48", "true", "FALSE", "auto", "off", "none", "NaN", "1e9", "1.5",
        "99999999999999999999", "4GB", "-4GB", "1KB", "[1,2]", "[[0]]", "é", "a\nb", "'", "::", "0.0.0.0", "/no/such", "bf16", "mindie",
    ];

    /// <summary>A row and a text for it: around its limits, or something else altogether.</summary>
    static readonly Gen<(Setting Setting, string Text)> Assignment =
        from setting in Gen.OneOf(Settings.All.ToArray())
        from text in setting.Type is WholeNumber number
            ? Gen.OneOf(Gen.Long[(long)number.Least - 1, (long)number.Most + 1].Select(n => n.ToString(CultureInfo.InvariantCulture)),
                Gen.OneOf($"{(long)number.Least - 1}", $"{number.Least}", $"{number.Most}", $"{(long)number.Most + 1}"), Gen.OneOf(Texts))
            : Gen.OneOf(Texts)
        select (setting, text);

    [Fact]
    public void Settings_OfAnyValues_AreTakenOrTheirFieldsAreNamed() => Assignment.Array[1, 6].Sample(assignments =>
    {
        var flags = assignments.DistinctBy(a => a.Setting).ToArray();
        try
        {
            Reading.Of([.. flags.Select(a => $"{a.Setting.Name}={a.Text}")]);
        }
        catch (ConfigurationException e)
        {
            Assert.All(e.Lines, line => Assert.Contains(flags, a => line.Contains(a.Setting.Flag, StringComparison.Ordinal)));
        }
        catch (UsageException e)
        {
            Assert.Contains(flags, a => e.Message.Contains(a.Setting.Flag, StringComparison.Ordinal));
        }
    }, iter: 20_000);

    /// <summary>Rows whose numbers reach the engine, at their limits and beside them.</summary>
    public static TheoryData<string> Sizes() => [.. Settings.All
        .Where(static s => s.Section is Section.Model or Section.Schedule && s.Use.HasEffect && s.Type is WholeNumber or PowerOfTwo or Kdsl.Configuration.Types.Size or SpeculationDepth)
        .Select(static s => s.Name)];

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Engine_OfASizeAtItsLimits_StartsAndAnswers_OrTheFieldIsNamed(string name)
    {
        var setting = Reading.Named(name);
        string[] texts = setting.Type is WholeNumber whole ? [$"{(long)whole.Least - 1}", $"{whole.Least}", $"{whole.Most}", $"{(long)whole.Most + 1}"]
            : ["1", "16", "32", "512", "1024", "1KB", "1MB", "4GB"];
        foreach (string text in texts)
        {
            try
            {
                var options = Reading.Of($"{name}={text}").Serve.ModelOptions;
                await using var model = LoadedModel.Open(options with { Threads = options.Threads is > 64 ? 64 : options.Threads ?? 1 });
                var generation = model.Engine.Submit(new() { Id = "fuzz", Prompt = model.Encode("Hello"), MaxTokens = 2 });
                while (await generation.Tokens.WaitToReadAsync())
                    while (generation.Tokens.TryRead(out _))
                    {
                    }
            }
            catch (Exception e) when (e is ConfigurationException or UsageException or ModelException)
            {
                Assert.Contains($"--{name}", e is ConfigurationException c ? c.Lines[0] : e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Rows whose numbers reach the HTTP server.</summary>
    public static TheoryData<string> Limits() => [.. Settings.All
        .Where(static s => s.Section is Section.Server && s.Use.HasEffect && s.Type is WholeNumber or Kdsl.Configuration.Types.Size && !s.Name.EndsWith("port", StringComparison.Ordinal))
        .Select(static s => s.Name)];

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Server_OfALimitAtItsLimits_StartsAndAnswers(string name)
    {
        string[] texts = Reading.Named(name).Type is WholeNumber whole ? [$"{whole.Least}", $"{whole.Most}"] : ["1KB", "4GB"];
        foreach (string text in texts)
        {
            await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), Reading.Of($"{name}={text}").Serve.Server.Options);
            Assert.Equal(200, (await server.PostAsync("/v1/completions", """{"prompt":"x"}""")).Status);
        }
    }
}
