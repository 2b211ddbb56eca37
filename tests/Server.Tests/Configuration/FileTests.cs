using System.Text;
using CsCheck;
using Kdsl.Configuration;
using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>Files that are not what they should be.</summary>
public sealed class FileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", ":1: is not valid JSON")]
    [InlineData("[]", ":1: begins with a JSON StartArray")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": 1,\n}}", ":4: is not valid JSON")]
    [InlineData("{\n// no comments\n}", ":2: is not valid JSON")]
    [InlineData("{} {}", ":1: is not valid JSON")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": 1,\n\"port\": 2}}", ":4: ServerConfig.port was set in line 3 already")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": true}}", ":3: ServerConfig.port is 'true'; expected a whole number")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": 1.5}}", ":3: ServerConfig.port is '1.5'; expected a whole number")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": [1]}}", ":3: ServerConfig.port is a list; expected a whole number")]
    [InlineData("{\n\"ServerConfig\": {\n\"port\": {\"a\": 1}}}", ":3: ServerConfig.port is an object; expected a whole number")]
    [InlineData("{\n\"ServerConfig\": {\n\"httpsEnabled\": \"maybe\"}}", ":3: ServerConfig.httpsEnabled is 'maybe'; expected true or false")]
    [InlineData("{\n\"BackendConfig\": {\n\"npuDeviceIds\": [[\"a\"]]}}", ":3: BackendConfig.npuDeviceIds is '[[\"a\"]]'; expected numbers of devices")]
    [InlineData("{\"BackendConfig\": {\"ModelDeployConfig\": {\"ModelConfig\": [{},\n{}]}}}", ":2: BackendConfig.ModelDeployConfig.ModelConfig[1] is a second model")]
    public void Json_ThatIsWrong_IsNamedWithItsLine(string json, string expected)
    {
        string file = _folder.Write("c.json", json);
        Assert.StartsWith(file + expected, Assert.Single(Reading.Faults($"config={file}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("- a\n", ":1: the document is no mapping")]
    [InlineData("a: [1\n", ": is not valid YAML")]
    [InlineData("seed: 0\nseed: 1\n", ":2: seed was set in line 1 already")]
    [InlineData("seed: &a 0\nrun_mode: *a\n", ":2: an alias (*name) is no setting")]
    [InlineData("model:\n  model_config:\n    top_k: lots\n", ":3: model.model_config.top_k is 'lots'; expected a whole number, 0 or more")]
    [InlineData("model:\n  model_config:\n    top_p: [1]\n", ":3: model.model_config.top_p is a list")]
    public void Yaml_ThatIsWrong_IsNamedWithItsLine(string yaml, string expected)
    {
        string file = _folder.Write("p.yaml", yaml);
        string line = Assert.Single(Reading.Faults($"yaml={file}"));
        Assert.StartsWith(file, line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c.json", "config", "{\"ServerConfig\": {\"prot\": 1}}", ":1: ServerConfig.prot: unknown, and ignored; did you mean port?")]
    [InlineData("c.json", "config", "{\"SeverConfig\": {\"port\": 1}}", ":1: SeverConfig: unknown, and ignored.")]
    [InlineData("c.json", "config", "{\"x\": {\"y\": {\"z\": 1}}}", ":1: x: unknown, and ignored.")]
    [InlineData("p.yaml", "yaml", "model:\n  model_config:\n    temprature: 1\n", ":3: model.model_config.temprature: unknown, and ignored; did you mean temperature?")]
    public void Fields_ThatNobodyKnows_AreWarnedOfOnce(string name, string flag, string text, string expected)
    {
        string file = _folder.Write(name, text);
        Assert.Equal(file + expected, Assert.Single(Reading.Of($"{flag}={file}").Problems.Warnings, w => w.Contains("unknown", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nulls_SetNothing_AndEmptyFilesAreFine()
    {
        Assert.Equal("8080", Reading.Of($"config={_folder.Write("c.json", "{\"ServerConfig\": {\"port\": null}}")}").Effective[Kdsl.Configuration.Table.ServerSettings.Port].Text);
        Assert.Null(Reading.Of($"yaml={_folder.Write("p.yaml", "load_checkpoint: ~\n")}").Serve.Model.Options.Folder);
        Reading.Of($"yaml={_folder.Write("p.yaml", "")}");
        Reading.Of($"config={_folder.Write("c.json", "{}")}");
    }

    [Theory]
    [InlineData("config", "/no/such/file", "--config is '/no/such/file', which cannot be read")]
    [InlineData("yaml", "/", "--yaml is '/', which cannot be read")]
    [InlineData("config", "/dev/zero", "/dev/zero: more than 10,485,760 bytes")]
    public void File_ThatCannotBeRead_IsNamed(string flag, string file, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Reading.Faults($"{flag}={file}")), StringComparison.Ordinal);

    [Theory]
    [InlineData("config", "{\"a\":", "[", 100_000)]
    [InlineData("config", "{\"a\":", "{\"a\":", 100_000)]
    [InlineData("yaml", "a: ", "[", 100_000)]
    [InlineData("yaml", "a: ", "{a: ", 100_000)]
    public void Nesting_WithoutEnd_IsRefused(string flag, string begin, string more, int times)
    {
        string file = _folder.Write("deep", begin + string.Concat(Enumerable.Repeat(more, times)));
        Assert.StartsWith(file, Assert.Single(Reading.Faults($"{flag}={file}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_NeverCrashes() => Gen.Byte.Array[0, 200].Sample(bytes => Survives(bytes), threads: 1);

    /// <summary>Files of the right shape with a hole in them.</summary>
    [Fact]
    public void DamagedFiles_NeverCrash()
    {
        string[] good =
        [
            """{"ServerConfig": {"port": 1025, "tlsCaFile": ["ca.pem"], "x": {"y": [1, {"z": 2}]}}, "BackendConfig": {"npuDeviceIds": [[0, 1]], "ModelDeployConfig": {"maxSeqLen": 2560, "ModelConfig": [{"worldSize": 2}]}}}""",
            "seed: 0\nmodel:\n  model_config:\n    top_k: 20 # many\n    eos_token_id: [1, 2]\n  auto_map:\n    A: [x.y, null]\nprocessor: {a: \"b\\n\", c: 'd'}\nl:\n  - a: 1\n  - - b\n",
        ];
        string[] damage = ["", "[", "]", "{", "}", "\"", "&a ", "*a", "!!x ", "\t", "- ", ": ", "\u0000", "|\n", "%", "\uFFFD"];
        Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1000], Gen.Int[0, 3], Gen.Int[0, damage.Length - 1])
            .Sample((which, at, cut, how) =>
            {
                at %= good[which].Length;
                Survives(Encoding.UTF8.GetBytes(good[which].Remove(at, Math.Min(cut, good[which].Length - at)).Insert(at, damage[how])));
            }, threads: 1);
    }

    void Survives(byte[] bytes)
    {
        string file = Path.Combine(_folder.Path, "damaged");
        File.WriteAllBytes(file, bytes);
        foreach (string flag in (string[])["config", "yaml"])
        {
            try
            {
                Reading.Of($"{flag}={file}");
            }
            catch (ConfigurationException e)
            {
                Assert.All(e.Lines, l => Assert.StartsWith(file, l, StringComparison.Ordinal));
            }
        }
    }
}
