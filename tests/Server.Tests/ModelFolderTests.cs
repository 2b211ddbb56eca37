using Kdsl.Commands;

namespace Kdsl.Tests;

/// <summary>Folders that cannot be served: one line on stderr that names the file, and exit code 2.</summary>
public sealed class ModelFolderTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-model-").FullName;

    public ModelFolderTests()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(DemoModelTests.RepoRoot, "models", "demo")))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json", "vocab.json")]
    public async Task File_Missing_IsNamed(params string[] files)
    {
        foreach (string file in files)
            File.Delete(Path.Combine(_folder, file));
        await AssertRefused(files[0]);
    }

    [Theory]
    [InlineData("config.json", 100)]
    [InlineData("tokenizer.json", 1000)]
    [InlineData("tokenizer_config.json", 1000)]
    [InlineData("generation_config.json", 50)]
    [InlineData("model.safetensors", 4)]
    [InlineData("model.safetensors", 1000)]
    [InlineData("model.safetensors", 5_000_000)]
    public async Task File_Truncated_IsNamed(string file, int length)
    {
        await using (var stream = File.OpenWrite(Path.Combine(_folder, file)))
            stream.SetLength(length);
        await AssertRefused(file);
    }

    [Theory]
    [InlineData("config.json", "Qwen2ForCausalLM", "LlamaForCausalLM", "LlamaForCausalLM")]
    [InlineData("config.json", "\"vocab_size\": 3072", "\"vocab_size\": 3060", "the tokenizer has ids up to 3071")]
    [InlineData("config.json", "\"hidden_size\": 256", "\"hidden_size\": \"big\"", "hidden_size")]
    [InlineData("generation_config.json", "0.6", "60", "temperature")]
    [InlineData("generation_config.json", "\"top_k\": 20", "\"top_k\": true", "top_k")]
    public async Task Value_ThatCannotBe_IsNamed(string file, string old, string other, string named)
    {
        string path = Path.Combine(_folder, file);
        string text = await File.ReadAllTextAsync(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(old, other, StringComparison.Ordinal));
        await AssertRefused(named);
    }

    [Fact]
    public async Task Folder_Missing_IsNamed()
    {
        await AssertRefused("/no/such/folder", "generate", "/no/such/folder", "--prompt", "x");
        await AssertRefused("config.json", "generate", Path.Combine(_folder, "config.json"), "--prompt", "x");
    }

    [Theory]
    [InlineData("--context-length", "4096")]
    [InlineData("--kv-memory", "1KB")]
    public async Task Option_ThatDoesNotFitTheModel_IsNamed(string option, string value) =>
        await AssertRefused(option, "generate", _folder, "--prompt", "x", option, value);

    Task AssertRefused(string named) => AssertRefused(named, "generate", _folder, "--prompt", "x");

    static async Task AssertRefused(string named, params string[] arguments)
    {
        var errors = new StringWriter();
        int code = await CommandLine.RunAsync(arguments, errors);
        string line = Assert.Single(errors.ToString().TrimEnd('\n').Split('\n'));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }
}
