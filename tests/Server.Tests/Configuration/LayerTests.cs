using CsCheck;
using Kdsl.Configuration;
using Kdsl.Configuration.Table;
using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>The laws of layers.</summary>
public class LayerTests
{
    static readonly Gen<RawValue> _value = Gen.Select(Gen.Enum<Layer>(), Gen.Int[1, 65535], Gen.Bool, (layer, number, port) =>
        new RawValue(port ? ServerSettings.Port : ServerSettings.DrainTimeout, $"{number}", new Source(layer, $"{layer}")));

    [Fact]
    public void Value_OfTheHighestLayer_Counts_WhateverTheOrderOfReading() => _value.List[0, 12].Sample(values =>
    {
        var effective = Resolver.Resolve([ServerSettings.Port, ServerSettings.DrainTimeout], values, new Problems(strict: true));
        foreach (var setting in (Setting[])[ServerSettings.Port, ServerSettings.DrainTimeout])
        {
            var said = values.Where(v => v.Setting == setting).ToList();
            var value = effective[setting];
            if (said.Count == 0)
            {
                Assert.Equal((Source.Default, setting.DefaultText), (value.Source, value.Text));
                continue;
            }
            var highest = said.Max(static v => v.Source.Layer);
            var winner = said.Last(v => v.Source.Layer == highest);
            Assert.Equal((winner.Text, winner.Source), (value.Text, value.Source));
            Assert.Equal(said.Count - 1, value.Overridden.Count);
        }
    });

    [Fact]
    public void Layers_OfOneSetting_FollowTheirOrder()
    {
        using var folder = new TemporaryFolder();
        string model = SeedFiles.WriteModel(folder);
        string yaml = folder.Write("p.yaml", "model:\n  model_config:\n    top_k: 20\n    temperature: 0.7\n    top_p: 0.8\n");
        var variables = new Dictionary<string, string> { ["KDSL_TOP_K"] = "30", ["KDSL_TEMPERATURE"] = "0.5" };
        var sampling = Reading.With(variables, $"model-path={model}", $"yaml={yaml}", "top-k=10").Serve.Sampling;
        Assert.Equal((10, 0.5f, 0.8f, 1f, null), (sampling.TopK, sampling.Temperature, sampling.TopP, sampling.RepetitionPenalty, sampling.MinP));
        Assert.Equal(0.95f, Reading.Of($"model-path={model}").Serve.Sampling.TopP);
    }

    [Fact]
    public void Greedy_OfALowerLayer_YieldsToATemperature()
    {
        using var folder = new TemporaryFolder();
        string yaml = folder.Write("p.yaml", "model:\n  model_config:\n    do_sample: False\n    temperature: 0.7\n");
        Assert.Equal(0f, Reading.Of($"yaml={yaml}").Serve.Sampling.Temperature);
        Assert.Equal(0.3f, Reading.Of($"yaml={yaml}", "temperature=0.3").Serve.Sampling.Temperature);
    }

    [Theory]
    [InlineData("temperature=0", "--temperature makes answers greedy")]
    [InlineData("do-sample=false", "--do-sample makes answers greedy")]
    [InlineData("max-iter-times=512", "cut within its thought")]
    public void Advice_OfTheMakers_IsToldWhereAModelThinks(string flag, string expected)
    {
        using var folder = new TemporaryFolder();
        string model = SeedFiles.WriteModel(folder);
        Assert.Contains(Reading.Of($"model-path={model}", flag).Problems.Warnings, w => w.Contains(expected, StringComparison.Ordinal));
        folder.Write("chat_template.jinja", "{{ messages[0].content }}");
        Assert.DoesNotContain(Reading.Of($"model-path={model}", flag).Problems.Warnings, w => w.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Variables_OfMindIe_AreTaken_AndOwnOnesAreStronger()
    {
        using var folder = new TemporaryFolder();
        string mindIe = folder.Write("c.json", """{ "ServerConfig": { "ipAddress": "127.0.0.5" } }""");
        var variables = new Dictionary<string, string> { ["MIES_CONFIG_JSON_PATH"] = mindIe };
        Assert.Equal("127.0.0.5", $"{Reading.With(variables).Serve.Server.Options.Address}");
        variables["MIES_CONTAINER_IP"] = "127.0.0.6";
        Assert.Equal("127.0.0.6", $"{Reading.With(variables).Serve.Server.Options.Address}");
        variables["KDSL_HOST"] = "127.0.0.7";
        Assert.Equal("127.0.0.7", $"{Reading.With(variables).Serve.Server.Options.Address}");
        variables["KDSL_HOST"] = "";
        Assert.Equal("127.0.0.6", $"{Reading.With(variables).Serve.Server.Options.Address}");
        variables["KDSL_PROT"] = "1";
        Assert.Contains("KDSL_PROT: unknown, and ignored; did you mean KDSL_PORT?", Reading.With(variables).Problems.Warnings);
    }

    [Fact]
    public void Paths_OfMindIe_AreRelativeToItsInstallation()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "conf"));
        string installed = folder.Write(Path.Combine("conf", "config.json"), """{ "ServerConfig": { "httpsEnabled": true, "tlsCert": "security/server.pem", "tlsCaPath": "ca", "tlsCaFile": ["a.pem", "b.pem"] } }""");
        var tls = Reading.Of($"config={installed}").Serve.Server.Options.Tls!;
        Assert.Equal(Path.Combine(folder.Path, "security/server.pem"), tls.Certificate);
        Assert.Equal([Path.Combine(folder.Path, "ca", "a.pem"), Path.Combine(folder.Path, "ca", "b.pem")], tls.ClientAuthorities);
        string beside = folder.Write("config.json", File.ReadAllText(installed));
        Assert.Equal(Path.Combine(folder.Path, "security/server.pem"), Reading.Of($"config={beside}").Serve.Server.Options.Tls!.Certificate);
        Assert.Equal("x.pem", Reading.Of($"config={beside}", "tls-certificate=x.pem").Serve.Server.Options.Tls!.Certificate);
    }
}
