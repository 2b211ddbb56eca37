using System.Globalization;
using Kdsl.Configuration;
using Kdsl.Configuration.Table;
using Kdsl.Configuration.Types;
using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>Every field at its limits: a value is taken, or a message names the field, the value and what is allowed.</summary>
public class RangeTests
{
    /// <summary>Setting, text, whether it is allowed.</summary>
    public static TheoryData<string, string, bool> Limits()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (var setting in Settings.All)
        {
            if (setting.Type is WholeNumber whole)
            {
                data.Add(setting.Name, $"{(long)whole.Least - 1}", false);
                data.Add(setting.Name, $"{whole.Least}", true);
                if (whole.Most > whole.Least) data.Add(setting.Name, $"{whole.Most}", true);
                data.Add(setting.Name, $"{(long)whole.Most + 1}", false);
            }
            else if (setting.Type is Number number)
            {
                data.Add(setting.Name, (number.Least - 1).ToString(CultureInfo.InvariantCulture), false);
                data.Add(setting.Name, number.Least.ToString("R", CultureInfo.InvariantCulture), true);
                data.Add(setting.Name, number.Most.ToString("R", CultureInfo.InvariantCulture), true);
                data.Add(setting.Name, (number.Most + 1).ToString(CultureInfo.InvariantCulture), false);
                data.Add(setting.Name, "NaN", false);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void Value_AtALimit_IsTakenOrNamed(string name, string text, bool allowed)
    {
        var setting = Reading.Named(name);
        if (allowed)
        {
            Assert.True(setting.Type.TryParse(text, out _));
            // Another field may still limit it; then that is named.
            try
            {
                Assert.Equal(text, Reading.Of($"{name}={text}").Effective[setting].Text);
            }
            catch (ConfigurationException e)
            {
                Assert.All(e.Lines, l => Assert.StartsWith($"--{name} is '{text}'; expected at ", l, StringComparison.Ordinal));
            }
            return;
        }

        string line = Assert.Single(Reading.Faults($"{name}={text}"));
        Assert.StartsWith($"--{name} is '{text}'; expected {setting.Type.Allowed}.", line, StringComparison.Ordinal);
        Assert.Contains($"Why: {setting.Why}.", line, StringComparison.Ordinal);

        // Clamped where one is not strict, and told.
        var lenient = Reading.Of($"{name}={text}", "strict=false");
        Assert.True(setting.Type.TryParse(lenient.Effective[setting].Text ?? setting.DefaultText ?? "1", out _));
        Assert.Contains(lenient.Problems.Warnings, w => w.StartsWith($"--{name} is '{text}'", StringComparison.Ordinal) && w.EndsWith('.'));
    }

    [Theory]
    [InlineData("port", "70000", "65535")]
    [InlineData("max-batch", "819200", "1024")]
    [InlineData("cache-block-size", "48", "64")]
    [InlineData("cache-block-size", "1", "16")]
    [InlineData("max-prefill-batch-size", "50", "16")]
    [InlineData("policy", "mindi", "mindie")]
    [InlineData("temperature", "-0.1", "0")]
    public void Nearest_ValidValue_IsNamed_AndTakenWhereOneIsNotStrict(string name, string text, string nearest)
    {
        Assert.EndsWith($"Nearest valid value: {nearest}; --strict=false takes it.", Assert.Single(Reading.Faults($"{name}={text}")), StringComparison.Ordinal);
        Assert.Equal(nearest, Reading.Of($"{name}={text}", "strict=false").Effective[Reading.Named(name)].Text);
    }

    [Theory]
    [InlineData("max-prefill-batch-size=50", "max-batch=16", "--max-batch is 16")]
    [InlineData("max-preempt-count=300", "max-batch=200", "--max-batch is 200")]
    [InlineData("max-iter-times=3000", "context-length=2560", "--context-length is 2560")]
    [InlineData("max-prefill-tokens=100", "max-input-token-len=2048", "--max-input-token-len is 2048")]
    [InlineData("cpu-mem-size=0", "max-preempt-count=1", "--max-preempt-count is 1")]
    public void Fields_ThatLimitEachOther_AreBothNamed(string flag, string other, string expected)
    {
        string line = Assert.Single(Reading.Faults(flag, other));
        Assert.StartsWith($"--{flag.Replace("=", " is '", StringComparison.Ordinal)}'", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_BeyondTheModel_NamesItsFileAndYarn()
    {
        using var folder = new TemporaryFolder();
        string model = SeedFiles.WriteModel(folder);
        string line = Assert.Single(Reading.Faults($"model-path={model}", "context-length=131073"));
        Assert.Contains("config.json:12: max_position_embeddings is 131072", line, StringComparison.Ordinal);
        Assert.Contains("YaRN", line, StringComparison.Ordinal);
        Assert.Equal(131072, Reading.Of($"model-path={model}", "context-length=131072").Serve.Model.Options.ContextLength);
    }

    [Fact]
    public void EveryFault_IsTold()
    {
        using var folder = new TemporaryFolder();
        string mindIe = folder.Write("c.json", "{\n \"ServerConfig\": {\n  \"port\": 70000,\n  \"maxLinkNum\": 0\n }\n}");
        var lines = Reading.Faults($"config={mindIe}", "top-p=2");
        Assert.Equal(3, lines.Count);
        Assert.StartsWith($"{mindIe}:3: ServerConfig.port is '70000'; expected a whole number from 0 to 65535.", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{mindIe}:4: ServerConfig.maxLinkNum is '0'; ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("--top-p is '2'", lines[2], StringComparison.Ordinal);
        // A flag puts right what a file gets wrong.
        Assert.Contains(Reading.Of($"config={mindIe}", "port=80", "max-connections=10").Problems.Warnings, static w => w.EndsWith("It has no effect: --port is set.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("host=0.0.0.0", "allow-all-zero-ip-listening=false", true)]
    [InlineData("host=::", "allow-all-zero-ip-listening=false", true)]
    [InlineData("host=0.0.0.0", "allow-all-zero-ip-listening=true", false)]
    [InlineData("host=127.0.0.1", "allow-all-zero-ip-listening=false", false)]
    public void EveryAddress_IsListenedOn_WhereNobodyForbidsIt(string host, string guard, bool refused)
    {
        if (refused) Assert.Contains("which others can reach", Assert.Single(Reading.Faults(host, guard)), StringComparison.Ordinal);
        else Assert.DoesNotContain(Reading.Of(host, guard).Problems.Warnings, static w => w.Contains("--host", StringComparison.Ordinal));
    }

    [Fact]
    public void EveryAddress_WithoutAWordAboutIt_IsWarnedOf() =>
        Assert.Contains(Reading.Of("host=0.0.0.0").Problems.Warnings, static w => w.StartsWith("--host is '0.0.0.0'", StringComparison.Ordinal));
}
