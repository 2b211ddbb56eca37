using Kdsl.Commands;

namespace Kdsl.Tests;

/// <summary><c>kdsl quantize</c> on the demonstration model, as a person runs it.</summary>
public sealed class QuantizeTests : IDisposable
{
    static readonly string Model = Path.Combine(DemoModelTests.RepoRoot, "models", "demo");

    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-quantize-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("int8")]
    [InlineData("int4", "--zero-points", "--calibrate", "TEXT", "--tokens", "256")]
    public async Task Folder_ThatIsWritten_IsServed(string weights, params string[] more)
    {
        string output = Path.Combine(_folder, "out"), text = Write("text", string.Concat(Enumerable.Repeat("Natalia sold clips to 48 of her friends. ", 40)));
        Assert.Equal((0, ""), await RunAsync(["quantize", Model, output, "--weights", weights, .. more.Select(m => m == "TEXT" ? text : m)]));
        Assert.Equal((0, ""), await RunAsync("generate", output, "--temperature", "0", "--max-tokens", "4", "--prompt", "Hello!"));
        Assert.Equal((2, $"kdsl: {Path.Combine(output, "config.json")}: quantization_config is there ('compressed-tensors'): the folder is quantised already; give the folder of floats that it was made from\n"),
            await RunAsync("quantize", output, Path.Combine(_folder, "again"), "--weights", weights));
        Assert.Equal((2, $"kdsl: {output}: is not empty; give a folder that is new or empty\n"), await RunAsync("quantize", Model, output, "--weights", weights));
    }

    [Fact]
    public async Task Text_ThatIsTooShort_IsRefusedBeforeAnythingIsWritten()
    {
        string output = Path.Combine(_folder, "out"), text = Write("text", "Too short.");
        var (code, errors) = await RunAsync("quantize", Model, output, "--weights", "int4", "--calibrate", text);
        Assert.Equal(2, code);
        Assert.Matches($"^kdsl: --calibrate is '{text}', which has \\d+ tokens; at least 32 are needed, and 2048 would be read: give a longer text.\n$", errors);
        Assert.False(Directory.Exists(output));
    }

    string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    static async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        var errors = new StringWriter();
        return (await CommandLine.RunAsync(arguments, errors), errors.ToString());
    }
}
