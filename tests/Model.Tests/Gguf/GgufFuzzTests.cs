using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>Damaged files: each is loaded or refused, nothing else happens.</summary>
public sealed class GgufFuzzTests
{
    [Fact]
    public void Load_TruncatedAnywhere_IsRefused()
    {
        var whole = Small();
        for (int length = 0; length < whole.Length - 31; length += 97)
        {
            var error = Load(whole[..length]);
            Assert.True(error is GgufException, $"{length} of {whole.Length} bytes: {error}");
        }
    }

    [Fact]
    public void Load_DemoModelTruncated_IsRefused()
    {
        var whole = DemoGguf.Bytes(GgufType.Q4_0);
        for (int length = 0; length < whole.Length; length += 97 * 4001) Assert.IsType<GgufException>(Load(whole[..length]));
    }

    [Fact]
    public void Load_RandomBytesOfTheHeaderChanged_IsLoadedOrRefused()
    {
        var whole = Small();
        using var good = new MemoryFiles(whole).Open();
        int header = (int)good.Tensors.Values.Min(static t => t.Offset);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            var changed = (byte[])whole.Clone();
            for (int n = random.Next(1, 4); n > 0; n--) changed[random.Next(header)] = (byte)random.Next(256);
            refused += Load(changed) != null ? 1 : 0;
        }
        Assert.True(refused > 500, $"only {refused} refused");
    }

    [Fact]
    public void Load_EveryByteOfTheFirstHundredAtItsExtremes_IsLoadedOrRefused()
    {
        var whole = Small();
        for (int at = 0; at < 100; at++)
            foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 127, 128, 255])
            {
                var changed = (byte[])whole.Clone();
                changed[at] = value;
                Load(changed);
            }
    }

    /// <summary>A small model of every kind of value: 256 bytes and two merges for a vocabulary, one layer.</summary>
    private static byte[] Small()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(static b => Runtime.Text.Bpe.ByteAlphabet.ToChar((byte)b).ToString())];
        string[] tokens = [.. bytes, "aa", "aaa", "<|im_end|>", "<think>"];
        int[] types = [.. Enumerable.Repeat(1, 258), 3, 4];
        var writer = new GgufWriter()
            .Add("general.architecture", "qwen2").Add("general.alignment", 32u)
            .Add("qwen2.block_count", 1u).Add("qwen2.context_length", 64u).Add("qwen2.embedding_length", 32u).Add("qwen2.feed_forward_length", 32u)
            .Add("qwen2.attention.head_count", 2u).Add("qwen2.attention.head_count_kv", 1u).Add("qwen2.attention.layer_norm_rms_epsilon", 1e-6f)
            .Add("qwen2.rope.freq_base", 1e6f).Add("qwen2.rope.scaling.type", "yarn").Add("qwen2.rope.scaling.factor", 2.0)
            .Add("tokenizer.ggml.model", "gpt2").Add("tokenizer.ggml.pre", "qwen2").Add("tokenizer.ggml.add_bos_token", false)
            .Add("tokenizer.ggml.tokens", tokens).Add("tokenizer.ggml.token_type", types).Add("tokenizer.ggml.merges", new[] { "a a", "aa a" })
            .Add("tokenizer.ggml.eos_token_id", 258u).Add("tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}");
        using var empty = writer.Tensor("token_embd.weight", 8, [260, 32], new byte[260 * 34]).ToFiles().Open();
        foreach (var (name, shape) in Qwen2Tensors.All(GgufConfig.Read(empty)).Skip(1))
            writer.Tensor(GgufTensorNames.Of(name), shape.Length == 1 ? 0u : 8u, Array.ConvertAll(shape, static d => (ulong)d),
                new byte[shape.Length == 1 ? shape[0] * 4 : shape[0] * shape[1] / 32 * 34]);
        var file = writer.ToArray();
        Assert.Null(Load(file));
        return file;
    }

    /// <summary>Everything that a loader does with a file; what refused it, or null.</summary>
    private static Exception? Load(byte[] bytes)
    {
        var files = new MemoryFiles(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = files.Open();
            var config = GgufConfig.Read(file);
            GgufTensorNames.Check(file, config);
            GgufTokenizer.Load(file.Metadata);
            GgufTokenizer.LoadTemplate(file.Metadata);
            return null;
        }
        catch (Exception e) when (e is ModelException or TokenizerException)
        {
            return e;
        }
        finally
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < (4 << 20) + 16L * bytes.Length, $"{allocated} bytes allocated");
        }
    }
}
