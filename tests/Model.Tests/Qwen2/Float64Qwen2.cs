using System.Buffers.Binary;
using System.Text.Json;
using KernelDsl.Model.Tests.Checkpoint;

namespace KernelDsl.Model.Tests.Qwen2;

/// <summary>
/// Qwen2's forward pass in float64, in plain loops, from the files alone: nothing of the product is used. Whole sequences, no cache.
/// </summary>
sealed class Float64Qwen2
{
    private readonly Dictionary<string, (double[] Values, int[] Shape)> _tensors = [];
    private readonly int _hidden, _intermediate, _layers, _heads, _kvHeads, _lanes, _vocabulary;
    private readonly double _epsilon, _theta;
    private readonly string _head;

    public Float64Qwen2(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        var config = json.RootElement;
        int Int(string name) => config.GetProperty(name).GetInt32();
        (_hidden, _intermediate, _layers) = (Int("hidden_size"), Int("intermediate_size"), Int("num_hidden_layers"));
        (_heads, _kvHeads, _vocabulary) = (Int("num_attention_heads"), Int("num_key_value_heads"), Int("vocab_size"));
        _lanes = config.TryGetProperty("head_dim", out var lanes) ? lanes.GetInt32() : _hidden / _heads;
        (_epsilon, _theta) = (config.GetProperty("rms_norm_eps").GetDouble(), config.GetProperty("rope_theta").GetDouble());
        _head = config.GetProperty("tie_word_embeddings").GetBoolean() ? "model.embed_tokens.weight" : "lm_head.weight";
        Load(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
    }

    /// <summary>What went into each matrix of the layers last, by module name: a row for each token.</summary>
    public Dictionary<string, double[][]> Inputs { get; } = [];

    /// <summary>Logits after each token.</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        var embedding = _tensors["model.embed_tokens.weight"].Values;
        var x = tokens.Select(id => embedding[(id * _hidden)..((id + 1) * _hidden)]).ToArray();
        for (int layer = 0; layer < _layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            var attended = Attend(Norm(x, name + "input_layernorm.weight"), name + "self_attn.");
            Add(x, Project(attended, name + "self_attn.o_proj"));
            var h = Norm(x, name + "post_attention_layernorm.weight");
            double[][] gate = Project(h, name + "mlp.gate_proj"), up = Project(h, name + "mlp.up_proj");
            foreach (var (g, u) in gate.Zip(up))
                for (int i = 0; i < _intermediate; i++) g[i] = g[i] / (1 + Math.Exp(-g[i])) * u[i];
            Add(x, Project(gate, name + "mlp.down_proj"));
        }
        return Multiply(Norm(x, "model.norm.weight"), _tensors[_head].Values, _vocabulary);
    }

    private double[][] Attend(double[][] h, string name)
    {
        double[][] q = Project(h, name + "q_proj"), k = Project(h, name + "k_proj"), v = Project(h, name + "v_proj");
        for (int t = 0; t < h.Length; t++)
        {
            for (int head = 0; head < _heads; head++) Rotate(q[t].AsSpan(head * _lanes, _lanes), t);
            for (int head = 0; head < _kvHeads; head++) Rotate(k[t].AsSpan(head * _lanes, _lanes), t);
        }

        var output = h.Select(_ => new double[_heads * _lanes]).ToArray();
        Parallel.For(0, _heads, head =>
        {
            int kvHead = head / (_heads / _kvHeads) * _lanes;
            for (int t = 0; t < h.Length; t++)
            {
                var weights = new double[t + 1];
                for (int j = 0; j <= t; j++)
                {
                    double score = 0;
                    for (int d = 0; d < _lanes; d++) score += q[t][head * _lanes + d] * k[j][kvHead + d];
                    weights[j] = score / Math.Sqrt(_lanes);
                }
                double max = weights.Max(), sum = 0;
                for (int j = 0; j <= t; j++) sum += weights[j] = Math.Exp(weights[j] - max);
                for (int j = 0; j <= t; j++)
                    for (int d = 0; d < _lanes; d++) output[t][head * _lanes + d] += weights[j] / sum * v[j][kvHead + d];
            }
        });
        return output;
    }

    private void Rotate(Span<double> head, int position)
    {
        int half = _lanes / 2;
        for (int i = 0; i < half; i++)
        {
            double angle = position / Math.Pow(_theta, 2.0 * i / _lanes), a = head[i], b = head[i + half];
            head[i] = a * Math.Cos(angle) - b * Math.Sin(angle);
            head[i + half] = b * Math.Cos(angle) + a * Math.Sin(angle);
        }
    }

    private double[][] Norm(double[][] x, string weight)
    {
        var w = _tensors[weight].Values;
        return [.. x.Select(row =>
        {
            double scale = 1 / Math.Sqrt(row.Sum(static v => v * v) / row.Length + _epsilon);
            return row.Select((v, i) => v * scale * w[i]).ToArray();
        })];
    }

    private double[][] Project(double[][] x, string name)
    {
        Inputs[name] = x;
        var (weight, shape) = _tensors[name + ".weight"];
        var y = Multiply(x, weight, shape[0]);
        if (_tensors.TryGetValue(name + ".bias", out var bias))
            foreach (var row in y)
                for (int i = 0; i < row.Length; i++) row[i] += bias.Values[i];
        return y;
    }

    private static double[][] Multiply(double[][] x, double[] weight, int outputs)
    {
        int inputs = x[0].Length;
        var y = x.Select(_ => new double[outputs]).ToArray();
        Parallel.For(0, outputs, n =>
        {
            for (int t = 0; t < x.Length; t++)
            {
                double sum = 0;
                for (int k = 0; k < inputs; k++) sum += x[t][k] * weight[n * inputs + k];
                y[t][n] = sum;
            }
        });
        return y;
    }

    private static void Add(double[][] x, double[][] y)
    {
        for (int t = 0; t < x.Length; t++)
            for (int i = 0; i < x[t].Length; i++) x[t][i] += y[t][i];
    }

    private void Load(byte[] file)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var json = JsonDocument.Parse(file.AsMemory(8, header));
        foreach (var tensor in json.RootElement.EnumerateObject().Where(static p => p.Name != "__metadata__"))
        {
            var offsets = tensor.Value.GetProperty("data_offsets");
            int begin = 8 + header + offsets[0].GetInt32(), end = 8 + header + offsets[1].GetInt32();
            _tensors.Add(tensor.Name, (
                ElementReader.ToDoubles(file.AsSpan(begin..end), tensor.Value.GetProperty("dtype").GetString()!),
                [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(static d => d.GetInt32())]));
        }
    }
}
