using System.Reflection;
using Kdsl.Configuration;
using Kdsl.Configuration.Table;
using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>The table itself.</summary>
public class TableTests
{
    [Fact]
    public void Names_OfFlagsVariablesAndFields_AreUnique()
    {
        Assert.Distinct(Settings.All.SelectMany(static s => s.Aliases.Prepend(s.Flag)));
        Assert.Distinct(Settings.All.SelectMany(static s => s.Variables));
        Assert.Distinct(Settings.All.Select(static s => s.MindIe).OfType<string>());
        Assert.Distinct(Settings.All.Select(static s => s.Yaml).OfType<string>());
    }

    [Fact]
    public void Defaults_AreAllowed() =>
        Assert.All(Settings.All.Where(static s => s.DefaultText is not null), static s => Assert.True(s.Type.TryParse(s.DefaultText!, out _), s.Name));

    /// <summary>What a type reads is what the row says that it holds; else reading it would fail only when it is set.</summary>
    [Fact]
    public void Types_OfValues_AreThoseOfTheirRows()
    {
        foreach (var setting in Settings.All)
        {
            var type = setting.GetType().GetGenericArguments().Single();
            type = Nullable.GetUnderlyingType(type) ?? type;
            foreach (string text in (string[])["1", "0", "16", "true", "auto", "bf16", "127.0.0.1", "1GB", "Standard", "standard", "kdsl", "Info"])
                if (setting.Type.TryParse(text, out object? value) && value is not null)
                    Assert.True(type.IsInstanceOfType(value), $"{setting.Name} holds {type.Name}, and '{text}' is read as {value.GetType().Name}");
            Assert.True(setting.DefaultText is not null || !setting.GetType().GetGenericArguments().Single().IsValueType || Nullable.GetUnderlyingType(setting.GetType().GetGenericArguments().Single()) is not null, setting.Name);
        }
    }

    [Theory]
    [InlineData("--model-name", "--model-path", "--ip", "--port", "--management-ip", "--management-port", "--metrics-port", "--max-seq-len", "--max-iter-times", "--max-input-token-len", "--max-prefill-tokens",
        "--max-prefill-batch-size", "--truncation", "--template-type", "--max-preempt-count", "--support-select-batch", "--npu-mem-size", "--world-size", "--npu-device-ids", "--ms-sched-host", "--ms-sched-port")]
    public void Flags_OfRunMindIe_AreKnown(params string[] flags) =>
        Assert.Empty(flags.Except(Settings.All.SelectMany(static s => s.Aliases.Prepend(s.Flag))));

    [Fact]
    public void Rows_AreAllInTheTable()
    {
        var fields = typeof(Settings).Assembly.GetTypes().Where(static t => t.Namespace == typeof(Settings).Namespace)
            .SelectMany(static t => t.GetFields(BindingFlags.Static | BindingFlags.Public)).Where(static f => f.FieldType.IsSubclassOf(typeof(Setting)));
        Assert.All(fields, static f => Assert.Contains((Setting)f.GetValue(null)!, Settings.All));
    }

    [Fact]
    public void Documentation_IsMadeOfTheTable()
    {
        const string begin = "<!-- made of the table: begin -->\n", end = "<!-- made of the table: end -->";
        string path = Path.Combine(Shared.Root, "docs", "configuration.md"), text = File.ReadAllText(path);
        var (first, last) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
        string expected = text[..first] + SettingsDocument.Write() + text[last..];
        if (Environment.GetEnvironmentVariable("KDSL_ACCEPT") == "1") File.WriteAllText(path, expected);
        else Assert.Equal(expected, text);
    }
}
