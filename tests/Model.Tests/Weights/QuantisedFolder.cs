using System.Text.Json.Nodes;
using KernelDsl.Model.Tests.Gguf;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>The demonstration model in the formats of quantised Hugging Face folders, written from their definitions.</summary>
sealed record QuantisedFolder(string Method, int Bits, int Group, bool Symmetric, string Format = "")
{
    /// <summary>Writes the folder, and beside it the same numbers as floats.</summary>
    public void Write(string folder, string floats, Action<JsonObject>? change = null, Func<string, bool>? keep = null)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(DemoModel.Folder, "config.json")))!.AsObject();
        File.WriteAllText(Path.Combine(floats, "config.json"), config.ToJsonString());
        var quantization = Configuration();
        change?.Invoke(quantization);
        config["quantization_config"] = quantization;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());

        var (writer, reference) = (new SafeTensorsWriter(), new SafeTensorsWriter());
        using var checkpoint = CheckpointFiles.Open(DemoModel.Files);
        foreach (var (name, shape) in Qwen2Tensors.All(Qwen2Config.Read(DemoModel.Files)))
        {
            var values = DemoGguf.Values(checkpoint, name);
            if (shape.Length == 2 && name != Qwen2Tensors.Embedding)
            {
                var matrix = new TestMatrix(values, shape[0], shape[1], Bits, Group < 0 ? shape[1] : Group, Symmetric);
                foreach (var (part, dtype, dims, bytes) in Parts(matrix))
                    if (keep?.Invoke(name[..^".weight".Length] + part) ?? true) writer.Add(name[..^".weight".Length] + part, dtype, dims, bytes);
                values = matrix.Values();
            }
            else
            {
                writer.Add(name, "F32", shape, Bytes(values));
            }
            reference.Add(name, "F32", shape, Bytes(values));
        }
        writer.Write(folder);
        reference.Write(floats);
    }

    private static byte[] Bytes(float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private JsonObject Configuration() => Method switch
    {
        "gptq" => new()
        {
            ["quant_method"] = "gptq", ["bits"] = Bits, ["group_size"] = Group, ["sym"] = Symmetric, ["desc_act"] = false, ["checkpoint_format"] = Format,
        },
        "awq" => new() { ["quant_method"] = "awq", ["bits"] = Bits, ["group_size"] = Group, ["zero_point"] = true, ["version"] = "gemm" },
        _ => new()
        {
            ["quant_method"] = "compressed-tensors", ["format"] = Format, ["quantization_status"] = "compressed", ["ignore"] = new JsonArray("lm_head"), ["kv_cache_scheme"] = null,
            ["config_groups"] = new JsonObject
            {
                ["group_0"] = new JsonObject
                {
                    ["targets"] = new JsonArray("Linear"), ["input_activations"] = null, ["output_activations"] = null,
                    ["weights"] = new JsonObject
                    {
                        ["num_bits"] = Bits, ["type"] = "int", ["symmetric"] = Symmetric, ["strategy"] = Group < 0 ? "channel" : "group",
                        ["group_size"] = Group < 0 ? null : Group, ["dynamic"] = false,
                    },
                },
            },
        },
    };

    private IEnumerable<(string Part, string DType, int[] Shape, byte[] Bytes)> Parts(TestMatrix m)
    {
        int n = 32 / Bits;
        switch (Method)
        {
            case "gptq":
                int stored = Format == "gptq" ? 1 : 0;
                yield return (".qweight", "I32", [m.Columns / n, m.Rows], m.Words(m.Columns / n, m.Rows, (k, r, i) => m.Q(r, k * n + i)));
                yield return (".qzeros", "I32", [m.Groups, m.Rows / n], m.Words(m.Groups, m.Rows / n, (g, r, i) => m.Zero(r * n + i, g) - stored));
                yield return (".scales", "F16", [m.Groups, m.Rows], m.Halves(transposed: true));
                yield return (".g_idx", "I32", [m.Columns], [.. Enumerable.Range(0, m.Columns).SelectMany(k => BitConverter.GetBytes(k / (m.Columns / m.Groups)))]);
                break;
            case "awq":
                int[] order = [0, 2, 4, 6, 1, 3, 5, 7];
                yield return (".qweight", "I32", [m.Columns, m.Rows / n], m.Words(m.Columns, m.Rows / n, (k, r, i) => m.Q(r * n + order[i], k)));
                yield return (".qzeros", "I32", [m.Groups, m.Rows / n], m.Words(m.Groups, m.Rows / n, (g, r, i) => m.Zero(r * n + order[i], g)));
                yield return (".scales", "F16", [m.Groups, m.Rows], m.Halves(transposed: true));
                break;
            default:
                bool packed = Format == "pack-quantized";
                if (packed)
                {
                    yield return (".weight_packed", "I32", [m.Rows, m.Columns / n], m.Words(m.Rows, m.Columns / n, (r, k, i) => m.Q(r, k * n + i)));
                    yield return (".weight_shape", "I64", [2], [.. BitConverter.GetBytes((long)m.Rows), .. BitConverter.GetBytes((long)m.Columns)]);
                }
                else
                {
                    yield return (".weight", "I8", [m.Rows, m.Columns], [.. from r in Enumerable.Range(0, m.Rows) from k in Enumerable.Range(0, m.Columns) select (byte)(m.Q(r, k) - 128)]);
                }
                yield return (".weight_scale", "F16", [m.Rows, m.Groups], m.Halves(transposed: false));
                if (Symmetric) break;
                yield return packed
                    ? (".weight_zero_point", "I32", [m.Rows / n, m.Groups], m.Words(m.Rows / n, m.Groups, (r, g, i) => m.Zero(r * n + i, g)))
                    : (".weight_zero_point", "I8", [m.Rows, m.Groups], [.. from r in Enumerable.Range(0, m.Rows) from g in Enumerable.Range(0, m.Groups) select (byte)(m.Zero(r, g) - 128)]);
                break;
        }
    }
}
