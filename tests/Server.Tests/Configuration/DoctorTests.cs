using Kdsl.Diagnosis;
using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using Xunit.Abstractions;

namespace Kdsl.Tests.Configuration;

/// <summary>Good and broken folders and machines.</summary>
public sealed class DoctorTests(ITestOutputHelper output) : IDisposable
{
    readonly string _folder = CopyOfDemo();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Kernels_AreAsTheReference()
    {
        using var backend = new CpuBackend(1);
        Assert.Empty(new KernelCheck(backend).Run().Faults);
    }

    [Fact]
    public async Task Demo_IsInOrder()
    {
        var (code, text, errors) = await KdslProcess.RunAsync("", "doctor", "--port", "0", "--threads", "1");
        Assert.Equal((0, ""), (code, errors));
        foreach (string check in (string[])["tokenizer", "kernels", "memory", "port", "TLS", "canary"]) Assert.Contains($"{check,-10} ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("FAULT", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "\"content\": \"<think>\"", "\"content\": \"<|file_sep|>\"", "is '<|file_sep|>', but")]
    [InlineData("tokenizer_config.json", "<|im_start|>' + ", "<|im_begin|>' + ", "'<|im_begin|>', which is no token")]
    public async Task Tokenizer_ThatContradictsItself_IsAFault_AndIsNotServed(string file, string old, string other, string expected)
    {
        Replace(file, old, other);
        var (code, text, _) = await KdslProcess.RunAsync("", "doctor", _folder, "--port", "0", "--threads", "1");
        Assert.Equal(1, code);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Contains("left out", text, StringComparison.Ordinal);

        var served = await KdslProcess.RunAsync("", "serve", _folder, "--port", "0", "--threads", "1");
        Assert.Equal(2, served.Code);
        Assert.Contains(expected, served.Errors, StringComparison.Ordinal);
    }

    /// <summary>mindformers' qwen2_5_tokenizer.py gives the markers of thoughts the text of the file separator.</summary>
    [Fact]
    public void Qwen_WithTheFileSeparatorForThink_IsNamed()
    {
        if (Shared.Data("qwen2-tokenizer") is not { } data)
        {
            output.WriteLine("skipped: ../shared/data/qwen2-tokenizer is absent");
            return;
        }
        foreach (string file in (string[])["tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json"]) File.Copy(Path.Combine(data, file), Path.Combine(_folder, file), overwrite: true);
        var files = ModelFiles.Open(_folder);
        var tokenizer = Tokenizer.Load(files);
        Assert.Empty(TokenizerCheck.Faults(files, tokenizer, 152064, "<|im_start|>assistant<|im_end|>"));
        Assert.Contains(TokenizerCheck.Faults(files, tokenizer, 151000, null), static f => f.Contains("vocab_size is 151000", StringComparison.Ordinal));

        // As the Python tokenizer has it.
        Unlock(Path.Combine(_folder, "tokenizer_config.json"));
        Replace("tokenizer_config.json", "\"content\": \"<think>\"", "\"content\": \"<|file_sep|>\"");
        Assert.Contains(TokenizerCheck.Faults(files, tokenizer, 152064, null), static f => f.Contains("id 151667 is '<|file_sep|>', but", StringComparison.Ordinal) && f.Contains("'<think>'", StringComparison.Ordinal));

        Unlock(Path.Combine(_folder, "merges.txt"));
        File.AppendAllText(Path.Combine(_folder, "merges.txt"), "a b\n");
        Assert.Contains(TokenizerCheck.Faults(files, tokenizer, 152064, null), static f => f.Contains("merges.txt: merge ", StringComparison.Ordinal) && f.EndsWith("has none", StringComparison.Ordinal));
        Unlock(Path.Combine(_folder, "vocab.json"));
        Replace("vocab.json", "\"!\":0", "\"!\":1");
        Assert.Contains(TokenizerCheck.Faults(files, tokenizer, 152064, null), static f => f.Contains("vocab.json: '!' is 1, but", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--management-port", "--management-host and --management-port")]
    [InlineData("--metrics-port", "--management-host and --metrics-port")]
    public async Task Port_OfAnyPlane_ThatIsTaken_IsNamedWithItsFlags(string flag, string flags)
    {
        await using var server = await RunningServer.StartAsync("ok");
        string expected = $"cannot listen on 127.0.0.1:{server.Url.Port}: Address already in use; choose another with {flags}";
        string[] arguments = ["--port", "0", "--threads", "1", flag, $"{server.Url.Port}"];
        Assert.Contains($"FAULT: {expected}\n", (await KdslProcess.RunAsync("", ["doctor", .. arguments])).Output, StringComparison.Ordinal);
        Assert.Equal((2, $"kdsl: {expected}.\n"), await KdslProcess.RunAsync("", ["serve", .. arguments]) is var (code, _, errors) ? (code, errors) : default);
    }

    [Fact]
    public async Task Faults_OfAllKinds_AreToldTogether()
    {
        await using var server = await RunningServer.StartAsync("ok");
        string key = Path.Combine(_folder, "key.pem");
        File.WriteAllText(key, "no key");
        SeedFiles.Permit(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var (code, text, errors) = await KdslProcess.RunAsync("", "doctor", "--port", $"{server.Url.Port}", "--threads", "1", "--https", "--tls-certificate", "/no/such.pem", "--tls-key", key);
        Assert.Equal(1, code);
        Assert.Contains($"FAULT: cannot listen on 127.0.0.1:{server.Url.Port}", text, StringComparison.Ordinal);
        Assert.Contains("the certificate of TLS is '/no/such.pem', which is not there", text, StringComparison.Ordinal);
        Assert.Contains("others may read it (mode 640); a private key is its owner's: chmod 600", text, StringComparison.Ordinal);
        Assert.Equal("kdsl: 3 faults; see above.\n", errors);
    }

    void Replace(string file, string old, string other)
    {
        string path = Path.Combine(_folder, file), text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, other, StringComparison.Ordinal));
    }

    static void Unlock(string file) => SeedFiles.Permit(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    static string CopyOfDemo()
    {
        string folder = Directory.CreateTempSubdirectory("kdsl-doctor-").FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Shared.Root, "models", "demo"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }
}
