using System.Text.Json;
using Kdsl.Serving;
using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace Kdsl.Tests;

/// <summary>GGUF files and quantised folders through the program itself: what it answers is what the library computes with the same weights.</summary>
public sealed class ModelFileTests : IDisposable
{
    const int Tokens = 24;

    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(GgufType.BF16)]
    [InlineData(GgufType.Q8_0)]
    [InlineData(GgufType.Q4_K)]
    public async Task Serve_GgufFile_AnswersAsTheLibraryDoes(GgufType type)
    {
        string path = Path.Combine(_folder, $"Demo.{type}.gguf");
        await File.WriteAllBytesAsync(path, DemoGguf.Bytes(type));
        await AssertServed(path, $"Demo.{type}");
    }

    [Theory]
    [InlineData("gptq", 4, 128, true, "gptq")]
    [InlineData("compressed-tensors", 8, 64, false, "int-quantized")]
    public async Task Serve_QuantisedFolder_AnswersAsTheLibraryDoes(string method, int bits, int group, bool symmetric, string format)
    {
        string path = Path.Combine(_folder, "quantised");
        Directory.CreateDirectory(path);
        using var floats = new TemporaryFolder();
        new QuantisedFolder(method, bits, group, symmetric, format).Write(path, floats.Path);
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
            File.Copy(Path.Combine(DemoModel.Folder, file), Path.Combine(path, file));
        await AssertServed(path, "quantised");
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("cache")]
    public async Task Serve_WithAWeightCache_AnswersTheSameFromIt(string cache)
    {
        string path = Path.Combine(_folder, "model.gguf"), answer = "";
        await File.WriteAllBytesAsync(path, DemoGguf.Bytes(GgufType.Q8_0));
        string[] arguments = [path, "--weight-cache", cache == "auto" ? cache : Path.Combine(_folder, cache)];
        string first = await KdslProcess.ServeAsync(arguments, async client => answer = await Ask(client, "model"));
        Assert.Matches("^kdsl: weight cache .*model\\.gguf\\.[0-9a-f]{8}\\.int8\\.kdsl-weights written, .*\n$", first);
        Assert.Equal("", await KdslProcess.ServeAsync(arguments, async client => Assert.Equal(answer, await Ask(client, "model"))));
        string file = Assert.Single(Directory.GetFiles(cache == "auto" ? _folder : Path.Combine(_folder, cache), "*.kdsl-weights"));

        await using (var damaged = File.OpenWrite(file)) damaged.SetLength(damaged.Length / 2);
        string third = await KdslProcess.ServeAsync(arguments, async client => Assert.Equal(answer, await Ask(client, "model")));
        Assert.Matches("^kdsl: weight cache .* has \\d+ bytes instead of \\d+; the weights are packed again\nkdsl: weight cache .* written, .*\n$", third);
    }

    [Fact]
    public async Task GgufFile_WithoutAChatTemplate_SaysSo()
    {
        string path = Path.Combine(_folder, "plain.gguf");
        await File.WriteAllBytesAsync(path, Gguf(hasTemplate: false));
        await KdslProcess.ServeAsync([path], async client =>
        {
            using var response = await client.PostAsync("chat/completions", new StringContent("""{"messages":[{"role":"user","content":"x"}]}"""));
            Assert.Contains("This model has no chat template", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Sampling_OfTheGgufFile_IsTheDefault()
    {
        string path = Path.Combine(_folder, "sampling.gguf");
        await File.WriteAllBytesAsync(path, Gguf(hasTemplate: true, static writer => writer
            .Add("general.sampling.temp", 0.7f).Add("general.sampling.top_k", 20).Add("general.sampling.top_p", 0.8f)
            .Add("general.sampling.min_p", 0.05f).Add("general.sampling.penalty_repeat", 1.05f)));
        await using var model = LoadedModel.Open(new Serving.ModelOptions { Folder = path, ContextLength = 64, MaxBatch = 1 });
        Assert.Equal(new SamplingOptions { Temperature = 0.7f, TopK = 20, TopP = 0.8f, MinP = 0.05f, RepetitionPenalty = 1.05f }, model.Sampling);
    }

    static byte[] Gguf(bool hasTemplate, Action<GgufWriter>? add = null)
    {
        var writer = DemoGguf.Metadata(DemoModel.Folder, hasTemplate);
        add?.Invoke(writer);
        DemoGguf.AddTensors(writer, GgufType.Q8_0);
        return writer.ToArray();
    }

    static async Task AssertServed(string path, string name)
    {
        string expected = await ByTheLibrary(path);
        Assert.NotEqual("", expected);
        await KdslProcess.ServeAsync([path], async client => Assert.Equal(expected, await Ask(client, name)));
    }

    /// <summary>A greedy answer over HTTP.</summary>
    static async Task<string> Ask(HttpClient client, string name)
    {
        string json = $$"""{"model":"{{name}}","messages":[{"role":"user","content":"Hello!"}],"temperature":0,"max_tokens":{{Tokens}},"ignore_eos":true}""";
        using var response = await client.PostAsync("chat/completions", new StringContent(json));
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        using var answer = JsonDocument.Parse(body);
        Assert.Equal(name, answer.RootElement.GetProperty("model").GetString());
        // The thought and the answer, which the server parts.
        var message = answer.RootElement.GetProperty("choices")[0].GetProperty("message");
        return message.GetProperty("reasoning_content").GetString() + "</think>" + message.GetProperty("content").GetString();
    }

    /// <summary>The same without server and template: the prompt as the demonstration model's golden file spells it.</summary>
    static async Task<string> ByTheLibrary(string path)
    {
        var files = ModelFiles.Open(path);
        var tokenizer = Tokenizer.Load(DemoModel.Files);
        using var backend = new CpuBackend(threads: 1);
        await using var engine = EngineFactory.Open(files, backend, new() { MaxBatch = 1 }, tokenizer.VocabularySize);
        var ids = new List<int>();
        var generation = engine.Submit(new()
        {
            Id = "library",
            Prompt = tokenizer.Encode("<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n<think>\n").ToArray(),
            Sampling = new() { Temperature = 0 },
            MaxTokens = Tokens,
        });
        await foreach (var token in generation.Tokens.ReadAllAsync()) ids.Add(token.Id);
        return tokenizer.Decode(ids);
    }
}
