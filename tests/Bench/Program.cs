using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Bench;
using KernelDsl.Runtime.Backend;
using Kernels;

// Kernels of Qwen2.5-0.5B's shapes on the CPU back end, as shares of the limits measured in the same run.
// Arguments: [threads] [name filter], or: model FOLDER [threads] [bf16|int8|int4] for a whole model (tools/RandomModel makes one).
if (args is ["model", var folder, ..])
{
    var format = args.ElementAtOrDefault(3) switch { "int8" => WeightFormat.Int8(), "int4" => WeightFormat.Int4(), _ => WeightFormat.BFloat16 };
    WholeModel.Run(folder, args.Length > 2 ? int.Parse(args[2]) : Environment.ProcessorCount, format);
    return;
}

int threads = args.Length > 0 ? int.Parse(args[0]) : Environment.ProcessorCount;
string filter = args.Length > 1 ? args[1] : "";
using var backend = new CpuBackend(threads);
var bound = new Bound(backend);
double Read() => Machine.ReadBandwidth(threads);
double Fma() => Machine.FusedMultiplyAdds(threads);
Console.WriteLine(backend.Description);
_ = Read() + Fma(); // first touch, first compilation
Console.WriteLine($"{"read bandwidth",-44} {Read() / 1e9,8:F1} GB/s");
Console.WriteLine($"{"fp32 fused multiply-add",-44} {Fma() / 1e9,8:F1} GFLOP/s");

const int Hidden = 896, Mlp = 4864, Qkv = 1152, Vocabulary = 151936, Layers = 24, Heads = 14, KvHeads = 2, Lanes = 64;
(int Outputs, int Inputs)[] layer = [(Qkv, Hidden), (Hidden, Hidden), (2 * Mlp, Hidden), (Hidden, Mlp)];

// All matrices of the model once, so that nothing but the caches' own reach is cached.
var weights = Enumerable.Range(0, Layers).SelectMany(_ => layer).Select(s => bound.Weight(s.Outputs, s.Inputs)).ToList();
var logits = bound.Weight(Vocabulary, Hidden);
double layerBytes = Layers * layer.Sum(static s => 2.0 * s.Outputs * s.Inputs), logitBytes = 2.0 * Vocabulary * Hidden;

foreach (int rows in new[] { 1, 2, 4, 8, 16, 64, 128, 512 })
{
    var launches = Matmuls(rows);
    if (rows <= 16)
    {
        Launch[] step = [.. launches, bound.Launch(KernelCatalog.MatMul_LinearFloat, [], bound.View(rows, Hidden), logits, bound.Floats(rows, Vocabulary))];
        Run($"matmuls of a decode step, {rows} rows", layerBytes + logitBytes, "GB", Read, step);
        Run($"  of its layers as multiply-adds", (layerBytes + logitBytes) * rows, "GFLOP", Fma, step);
    }
    else
    {
        Run($"matmuls of a prefill step, {rows} rows", layerBytes * rows, "GFLOP", Fma, launches);
    }
}

foreach (var (outputs, inputs) in layer)
    foreach (int rows in new[] { 1, 512 })
    {
        var one = weights.Where(w => w.Dim0 == outputs && w.Dim1 == inputs).Select(w => Linear(rows, w)).ToArray();
        double amount = 2.0 * outputs * inputs * Layers * rows;
        Run($"Linear {rows}x{outputs}x{inputs}", amount, rows == 1 ? "GB" : "GFLOP", rows == 1 ? Read : Fma, one);
    }

foreach (int tokens in new[] { 512, 2048 })
{
    var prefill = bound.Launch(KernelCatalog.Attention_Prefill, [("D", Lanes)],
        bound.View(tokens, Heads, Lanes), bound.Cache(1, tokens, KvHeads, Lanes, 128, PageLayout.ContractLanes),
        bound.Cache(1, tokens, KvHeads, Lanes, 128, PageLayout.ContractPositions), bound.View(tokens, Heads, Lanes),
        bound.Ints(0, tokens), bound.Ints(tokens), KernelArgument.OfInt(tokens), KernelArgument.OfFloat(0.125f));
    Run($"Attention.Prefill {tokens} (causal half)", 2.0 * tokens * tokens * Heads * Lanes, "GFLOP", Fma, prefill);
}

foreach (var (sequences, length) in new[] { (1, 2048), (16, 512) })
{
    int splits = (length + 511) / 512;
    var decode = bound.Launch(KernelCatalog.Attention_Decode, [("D", Lanes), ("G", Heads / KvHeads)],
        bound.View(sequences, Heads, Lanes), bound.Cache(sequences, length, KvHeads, Lanes, 128, PageLayout.ContractLanes),
        bound.Cache(sequences, length, KvHeads, Lanes, 128, PageLayout.ContractPositions),
        bound.Floats(splits, sequences, Heads, Lanes), bound.Floats(splits, sequences, Heads), bound.Floats(splits, sequences, Heads),
        bound.Ints([.. Enumerable.Repeat(length, sequences)]), KernelArgument.OfInt(splits), KernelArgument.OfFloat(0.125f));
    Run($"Attention.Decode {sequences} of {length}", 4.0 * sequences * length * Heads * Lanes, "GFLOP", Fma, decode);
}

foreach (int rows in new[] { 1, 512 })
{
    Run($"Norm.AddRmsNorm {rows}x{Hidden}", rows * Hidden * 16.0, "GB", Read,
        bound.Launch(KernelCatalog.Norm_AddRmsNorm, [], bound.Floats(rows, Hidden), bound.Floats(rows, Hidden), bound.View(Hidden), bound.View(rows, Hidden), KernelArgument.OfFloat(1e-6f)));
    Run($"Mlp.SwiGlu {rows}x{Mlp}", rows * Mlp * 6.0, "GB", Read,
        bound.Launch(KernelCatalog.Mlp_SwiGlu, [], bound.View(rows, 2 * Mlp), bound.View(rows, Mlp)));
    Run($"Rotary.Rope {rows}x{Heads + KvHeads}x{Lanes}", rows * (Heads + KvHeads) * Lanes * 4.0, "GB", Read,
        bound.Launch(KernelCatalog.Rotary_Rope, [("D", Lanes)], bound.View(rows, Heads + KvHeads, Lanes), bound.Ints([.. Enumerable.Range(0, rows)]), bound.Floats(rows, Lanes / 2), bound.Floats(rows, Lanes / 2)));
}

Run("Sampling.ArgMax 1 row", Vocabulary * 4.0, "GB", Read,
    bound.Launch(KernelCatalog.Sampling_ArgMax, [], bound.Floats(1, Vocabulary), bound.Floats(1, (Vocabulary + 1023) / 1024), bound.Ints(new int[(Vocabulary + 1023) / 1024])));

Launch[] Matmuls(int rows) => [.. weights.Select(w => Linear(rows, w))];

Launch Linear(int rows, KernelArgument weight) => bound.Launch(KernelCatalog.MatMul_Linear, [], Activations(rows, weight.Dim1), weight, Results(rows, weight.Dim0));

KernelArgument Activations(int rows, int columns) => bound.View(rows, columns);

KernelArgument Results(int rows, int columns) => bound.View(rows, columns);

void Run(string name, double amount, string unit, Func<double> limit, params Launch[] launches)
{
    if (name.Contains(filter, StringComparison.OrdinalIgnoreCase))
        Measure.Ratio(threads, name, amount, unit, limit, () => backend.Run(launches));
}
