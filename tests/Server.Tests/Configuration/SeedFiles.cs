using KernelDsl.Model.Tests;

namespace Kdsl.Tests.Configuration;

/// <summary>The two files that the seed prints, cut out of it; absent on a plain clone.</summary>
static class SeedFiles
{
    static readonly string _seed = Path.Combine(Shared.Root, "..", "shared", "reference", "seed-qwq-32b-mindie.md");

    /// <summary>Writes both into a folder; false, and the reason on the output, where the seed is absent.</summary>
    public static bool Write(TemporaryFolder folder, Xunit.Abstractions.ITestOutputHelper output, out string yaml, out string mindIe)
    {
        (yaml, mindIe) = ("", "");
        if (!File.Exists(_seed))
        {
            output.WriteLine("skipped: ../shared/reference is absent");
            return false;
        }
        // Fences alternate: every second piece is a file.
        var pieces = File.ReadAllText(_seed).Split("\n```").Select(static p => p[(p.IndexOf('\n') + 1)..]).ToArray();
        yaml = folder.Write("predict_qwq_32b.yaml", pieces.First(static p => p.Contains("seed: 0", StringComparison.Ordinal)));
        mindIe = folder.Write("mindie-config.json", pieces.First(static p => p.Contains("\"Version\" : \"1.1.0\"", StringComparison.Ordinal)));
        foreach (string file in (string[])[yaml, mindIe]) Permit(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return true;
    }

    /// <summary>Sets a file's mode where there are modes.</summary>
    public static void Permit(string file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, mode);
    }

    /// <summary>QwQ-32B's own files, as far as configuration reads them.</summary>
    public static string WriteModel(TemporaryFolder folder)
    {
        folder.Write("config.json", """
            {
              "architectures": ["Qwen2ForCausalLM"],
              "model_type": "qwen2",
              "hidden_size": 5120,
              "num_hidden_layers": 64,
              "num_attention_heads": 40,
              "num_key_value_heads": 8,
              "intermediate_size": 27648,
              "hidden_act": "silu",
              "rms_norm_eps": 1e-05,
              "rope_theta": 1000000.0,
              "max_position_embeddings": 131072,
              "use_sliding_window": false,
              "tie_word_embeddings": false,
              "torch_dtype": "bfloat16",
              "bos_token_id": 151643,
              "eos_token_id": 151645,
              "vocab_size": 152064
            }
            """);
        folder.Write("generation_config.json", """
            {
              "do_sample": true,
              "eos_token_id": [151645, 151643],
              "temperature": 0.6,
              "top_k": 40,
              "top_p": 0.95,
              "repetition_penalty": 1.0
            }
            """);
        folder.Write("chat_template.jinja", "{{ messages[0].content }}<|im_start|>assistant\n<think>\n");
        return folder.Path;
    }
}
