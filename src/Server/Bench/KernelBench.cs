using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Model;
using Kernels;

namespace Kdsl.Bench;

/// <summary>The kernels of a model's step on the CPU, in that model's shapes, each as a share of the limit that binds it, measured in the same run.</summary>
sealed class KernelBench(CpuBackend backend, Qwen2Config config, WeightFormat format, string filter, TextWriter output)
{
    // Enough layers that no cache holds their matrices.
    const long WeightBytes = 1L << 30;

    const int PageSize = 64;

    readonly Bound _bound = new(backend);

    int Qkv => (config.Heads + (2 * config.KvHeads)) * config.HeadSize;

    /// <summary>Measures and prints, a line a kernel.</summary>
    public void Run()
    {
        output.WriteLine($"{backend.Description}; weights in {format}");
        // First touch, first compilation.
        _ = Read() + Fma();
        output.WriteLine($"{"read bandwidth",-Measure.NameWidth} {Read() / 1e9,8:F1} GB/s");
        output.WriteLine($"{"fp32 fused multiply-add",-Measure.NameWidth} {Fma() / 1e9,8:F1} GFLOP/s");
        Matmuls();
        foreach (var pages in Enum.GetValues<CacheFormat>())
        {
            foreach (int tokens in new[] { 512, 2048 })
                Prefill(tokens, pages);
            foreach (var (sequences, length) in new[] { (1, 2048), (1, 8192), (16, 512) })
                Decode(sequences, length, pages);
        }

        foreach (int rows in new[] { 1, 512 })
            Elementwise(rows);
        ArgMax();
    }

    double Read() => Machine.ReadBandwidth(backend.Threads);

    double Fma() => Machine.FusedMultiplyAdds(backend.Threads);

    void Matmuls()
    {
        (int Outputs, int Inputs)[] layer =
        [
            (Qkv, config.HiddenSize), (config.HiddenSize, config.Heads * config.HeadSize),
            (config.IntermediateSize, config.HiddenSize), (config.IntermediateSize, config.HiddenSize), (config.HiddenSize, config.IntermediateSize),
        ];
        double parameters = layer.Sum(static s => (double)s.Outputs * s.Inputs), bytes = layer.Sum(s => (double)backend.WeightBytes(s.Outputs, s.Inputs, FormatFor(s.Inputs)));
        int layers = (int)Math.Clamp(WeightBytes / (long)bytes, 1, config.Layers);
        var weights = layer.Select(s => new Lazy<KernelArgument[]>(() => [.. Enumerable.Range(0, layers).Select(_ => _bound.Weight(s.Outputs, s.Inputs, FormatFor(s.Inputs)))])).ToArray();
        foreach (int rows in new[] { 1, 2, 4, 8, 16, 64, 512 })
        {
            var launches = new Lazy<Launch[]>(() => [.. Enumerable.Range(0, layers).SelectMany(i => Layer(rows, Array.ConvertAll(weights, w => w.Value[i])))]);
            if (rows <= 16) Show($"matmuls of {layers} layers, {rows} rows", layers * bytes, "GB", Read, () => launches.Value);
            if (rows > 1) Show($"matmuls of {layers} layers, {rows} rows", 2 * layers * parameters * rows, "GFLOP", Fma, () => launches.Value);
        }

        foreach (var ((outputs, inputs), matrices) in layer.Zip(weights).DistinctBy(static w => w.First))
        {
            Show($"MatMul.Linear 1x{outputs}x{inputs}", layers * (double)backend.WeightBytes(outputs, inputs, FormatFor(inputs)), "GB", Read, () => [.. matrices.Value.Select(w => Linear(1, w))]);
            Show($"MatMul.Linear 512x{outputs}x{inputs}", 2.0 * layers * 512 * outputs * inputs, "GFLOP", Fma, () => [.. matrices.Value.Select(w => Linear(512, w))]);
        }
    }

    Launch[] Layer(int rows, KernelArgument[] w) => [Linear(rows, w[0]), Linear(rows, w[1]), SwiGlu(rows, w[2], w[3]), Linear(rows, w[4])];

    Launch SwiGlu(int rows, KernelArgument gate, KernelArgument up) =>
        _bound.Launch(KernelCatalog.Mlp_SwiGlu, [], _bound.View(rows, gate.Dim1), gate, up, _bound.View(rows, gate.Dim0));

    /// <summary>What a model's matrix with so many inputs is stored as.</summary>
    WeightFormat FormatFor(int inputs) => format.FaultFor(inputs) == null ? format : WeightFormat.BFloat16;

    Launch Linear(int rows, KernelArgument weight) =>
        _bound.Launch(KernelCatalog.MatMul_Linear, [], _bound.View(rows, weight.Dim1), weight, _bound.View(rows, weight.Dim0));

    void Prefill(int tokens, CacheFormat pages)
    {
        var (heads, kvHeads, lanes) = (config.Heads, config.KvHeads, config.HeadSize);
        Show($"Attention.Prefill {Name(pages)}{tokens} (causal half)", 2.0 * tokens * tokens * heads * lanes, "GFLOP", Fma, () => [_bound.Launch(
            KernelCatalog.Attention_Prefill, [("D", lanes)], _bound.View(tokens, heads, lanes),
            _bound.Cache(1, tokens, kvHeads, lanes, PageSize, PageLayout.ContractLanes, pages), _bound.Cache(1, tokens, kvHeads, lanes, PageSize, PageLayout.ContractPositions, pages),
            _bound.View(tokens, heads, lanes), _bound.Ints(0, tokens), _bound.Ints(tokens), KernelArgument.OfInt(tokens), KernelArgument.OfFloat(config.Scale))]);
    }

    void Decode(int sequences, int length, CacheFormat pages)
    {
        var (heads, kvHeads, lanes) = (config.Heads, config.KvHeads, config.HeadSize);
        int splits = (length + Attention.Span - 1) / Attention.Span;
        double bytes = 2.0 * sequences * (length / PageSize) * backend.PageBytes(PageSize, kvHeads, lanes, pages);
        var launch = new Lazy<Launch>(() => _bound.Launch(
            KernelCatalog.Attention_Decode, [("D", lanes), ("G", heads / kvHeads)], _bound.View(sequences, heads, lanes),
            _bound.Cache(sequences, length, kvHeads, lanes, PageSize, PageLayout.ContractLanes, pages), _bound.Cache(sequences, length, kvHeads, lanes, PageSize, PageLayout.ContractPositions, pages),
            _bound.Floats(splits, sequences, heads, lanes), _bound.Floats(splits, sequences, heads), _bound.Floats(splits, sequences, heads),
            _bound.Ints([.. Enumerable.Repeat(length, sequences)]), KernelArgument.OfInt(splits), KernelArgument.OfFloat(config.Scale)));
        Show($"Attention.Decode {Name(pages)}{sequences} of {length}", bytes, "GB", Read, () => [launch.Value]);
        Show($"Attention.Decode {Name(pages)}{sequences} of {length}", 4.0 * sequences * length * heads * lanes, "GFLOP", Fma, () => [launch.Value]);
    }

    static string Name(CacheFormat pages) => pages == CacheFormat.BFloat16 ? "" : $"{pages.ShortName()} ";

    void Elementwise(int rows)
    {
        int hidden = config.HiddenSize, rotated = config.Heads + config.KvHeads, lanes = config.HeadSize;
        Show($"Norm.AddRmsNorm {rows}x{hidden}", rows * hidden * 14.0, "GB", Read, () => [_bound.Launch(
            KernelCatalog.Norm_AddRmsNorm, [], _bound.Floats(rows, hidden), _bound.Floats(rows, hidden), _bound.View(hidden), _bound.View(rows, hidden), KernelArgument.OfFloat(1e-6f))]);
        Show($"Rotary.Rope {rows}x{rotated}x{lanes}", (double)rows * rotated * lanes * 4.0, "GB", Read, () => [_bound.Launch(
            KernelCatalog.Rotary_Rope, [("D", lanes)], _bound.View(rows, rotated, lanes), _bound.Ints([.. Enumerable.Range(0, rows)]), _bound.Floats(rows, lanes / 2), _bound.Floats(rows, lanes / 2))]);
    }

    void ArgMax()
    {
        int vocabulary = config.VocabularySize, blocks = (vocabulary + Sampling.ArgMaxBlock - 1) / Sampling.ArgMaxBlock;
        Show("Sampling.ArgMax 1 row", vocabulary * 4.0, "GB", Read, () => [_bound.Launch(
            KernelCatalog.Sampling_ArgMax, [], _bound.Floats(1, vocabulary), _bound.Floats(1, blocks), _bound.Ints(new int[blocks]))]);
    }

    void Show(string name, double amount, string unit, Func<double> limit, Func<Launch[]> bind)
    {
        if (!name.Contains(filter, StringComparison.OrdinalIgnoreCase)) return;
        var launches = bind();
        Measure.Ratio(output, backend.Threads, name, amount, unit, limit, () => backend.Run(launches));
    }
}
