using Kernels;

namespace KernelDsl.Language.Tests.Kernels;

/// <summary>The reference run of each kernel against its formula in double, on shapes that no block size divides.</summary>
public sealed class ClosedFormTests
{
    private const float Epsilon = 1e-5f;
    private readonly TestData _data = new();

    [Theory]
    [InlineData(5, 70, 2, 32)]
    [InlineData(1, 7, 4, 16)]
    [InlineData(3, 64, 1, 16)]
    public void RmsNorm_RaggedShape_MatchesFormula(int rows, int cols, int bm, int bk)
    {
        HostTensor<float> x = _data.Float(rows, cols);
        HostTensor<bf16> weight = _data.BFloat16(cols), y = new(rows, cols);
        ReferenceLauncher.Run(() => Norm.RmsNorm(x, weight, y, Epsilon, bm, bk));
        TestData.CloseToBFloat16(RmsNorm([.. x.ToArray().Select(static v => (double)v)], TestData.Doubles(weight)), y);
    }

    [Fact]
    public void AddRmsNorm_RaggedShape_AddsThenNormalises()
    {
        HostTensor<float> x = _data.Float(5, 70), residual = _data.Float(5, 70);
        HostTensor<bf16> weight = _data.BFloat16(70), y = new(5, 70);
        double[] sum = [.. x.ToArray().Zip(residual.ToArray(), static (a, b) => (double)(a + b))];
        ReferenceLauncher.Run(() => Norm.AddRmsNorm(x, residual, weight, y, Epsilon, 2, 32));
        Assert.Equal(sum, residual.ToArray().Select(static v => (double)v));
        TestData.CloseToBFloat16(RmsNorm(sum, TestData.Doubles(weight)), y);
    }

    [Fact]
    public void SwiGlu_RaggedShape_MatchesFormula()
    {
        HostTensor<bf16> x = _data.BFloat16(3, 37), gate = _data.BFloat16(50, 37), up = _data.BFloat16(50, 37), y = new(3, 50);
        ReferenceLauncher.Run(() => Mlp.SwiGlu(x, gate, up, y, 2, 16, 8));
        double[] rows = TestData.Doubles(x), g = TestData.Doubles(gate), u = TestData.Doubles(up);
        TestData.CloseToBFloat16([.. Enumerable.Range(0, 150).Select(i =>
        {
            double Product(double[] w) => Enumerable.Range(0, 37).Sum(k => rows[i / 50 * 37 + k] * w[i % 50 * 37 + k]);
            return Product(g) / (1 + Math.Exp(-Product(g))) * Product(u);
        })], y);
    }

    [Fact]
    public void MatMul_RaggedShape_AllThreeMatchFormula()
    {
        HostTensor<bf16> x = _data.BFloat16(5, 37), w = _data.BFloat16(19, 37), bias = _data.BFloat16(19);
        HostTensor<bf16> plain = new(5, 19), biased = new(5, 19);
        HostTensor<float> logits = new(5, 19);
        ReferenceLauncher.Run(() => MatMul.Linear(x, w, plain, 4, 8, 16));
        ReferenceLauncher.Run(() => MatMul.LinearBias(x, w, bias, biased, 4, 8, 16));
        ReferenceLauncher.Run(() => MatMul.LinearFloat(x, w, logits, 4, 8, 16));

        double[] a = TestData.Doubles(x), b = TestData.Doubles(w), c = TestData.Doubles(bias);
        double[] want = [.. Enumerable.Range(0, 95).Select(i => Enumerable.Range(0, 37).Sum(k => a[i / 19 * 37 + k] * b[i % 19 * 37 + k]))];
        TestData.CloseToBFloat16(want, plain, 1e-5);
        TestData.CloseToBFloat16([.. want.Select((v, i) => v + c[i % 19])], biased, 1e-5);
        TestData.Close(want, [.. logits.ToArray().Select(static v => (double)v)], 1e-5, 1e-5);
    }

    [Fact]
    public void MatMul_RowAloneOrInABatch_HasTheSameBits()
    {
        HostTensor<bf16> x = _data.BFloat16(9, 70), w = _data.BFloat16(33, 70);
        HostTensor<float> together = new(9, 33), alone = new(1, 33);
        ReferenceLauncher.Run(() => MatMul.LinearFloat(x, w, together, 4, 16, 32));
        ReferenceLauncher.Run(() => MatMul.LinearFloat(x.Slice(0, 6, 1), w, alone, 1, 16, 32));
        Assert.Equal(together.Slice(0, 6, 1).ToArray(), alone.ToArray());
    }

    [Fact]
    public void Rope_RaggedHeads_RotatesPairsOfHalves()
    {
        const int D = 8, Tokens = 3, Heads = 5;
        HostTensor<bf16> q = _data.BFloat16(Tokens, Heads, D);
        double[] before = TestData.Doubles(q);
        int[] positions = [4, 0, 9];
        HostTensor<float> cos = new(16, D / 2), sin = new(16, D / 2);
        for (int p = 0; p < 16; p++)
            for (int j = 0; j < D / 2; j++)
                (cos[p, j], sin[p, j]) = ((float)Math.Cos(Angle(p, j)), (float)Math.Sin(Angle(p, j)));

        ReferenceLauncher.Run(() => Rotary.Rope(q, TestData.Ints(positions), cos, sin, D, 2));

        TestData.CloseToBFloat16([.. Enumerable.Range(0, before.Length).Select(i =>
        {
            int lane = i % D, j = lane % (D / 2), head = i - lane;
            double angle = Angle(positions[i / (Heads * D)], j), a = before[head + j], b = before[head + j + D / 2];
            return lane < D / 2 ? a * Math.Cos(angle) - b * Math.Sin(angle) : b * Math.Cos(angle) + a * Math.Sin(angle);
        })], q);

        static double Angle(int position, int pair) => position * Math.Pow(10000, -2.0 * pair / D);
    }

    [Fact]
    public void Embed_RaggedWidth_CopiesRowsOfTheTable()
    {
        HostTensor<bf16> table = _data.BFloat16(11, 37);
        var y = new HostTensor<float>(4, 37);
        int[] tokens = [10, 0, 3, 3];
        ReferenceLauncher.Run(() => Embedding.Embed(TestData.Ints(tokens), table, y, 16));
        Assert.Equal(tokens.SelectMany(t => table.Slice(0, t, 1).ToArray()).Select(static v => (float)v), y.ToArray());
    }

    [Fact]
    public void GatherRows_RaggedWidth_CopiesRows()
    {
        HostTensor<bf16> x = _data.BFloat16(11, 37), y = new(2, 37);
        int[] rows = [6, 1];
        ReferenceLauncher.Run(() => Embedding.GatherRows(x, TestData.Ints(rows), y, 16));
        Assert.Equal(rows.SelectMany(t => x.Slice(0, t, 1).ToArray()), y.ToArray());
    }

    [Fact]
    public void KvWrite_RaggedHeads_WritesOnlyItsPositions()
    {
        const int D = 4, Heads = 3, Page = 4;
        HostCache<bf16> keys = new(new(6, Page, Heads, D), new([5, 1, 0, 3], 2, 2)), values = new(new(6, Page, Heads, D), keys.Table);
        HostTensor<bf16> k = _data.BFloat16(3, Heads, D), v = _data.BFloat16(3, Heads, D);
        int[] sequences = [1, 0, 1], positions = [7, 2, 0];
        ReferenceLauncher.Run(() => KvWrite.Write(k, v, keys, values, TestData.Ints(sequences), TestData.Ints(positions), D, 2));

        for (int t = 0; t < 3; t++)
            for (int i = 0; i < Heads * D; i++)
            {
                Assert.Equal(k[t, i / D, i % D], keys[sequences[t], positions[t], i / D, i % D]);
                Assert.Equal(v[t, i / D, i % D], values[sequences[t], positions[t], i / D, i % D]);
            }

        Assert.Equal(k.ToArray().Count(static b => b.Bits != 0), keys.Pool.ToArray().Count(static b => b.Bits != 0));
        Assert.Equal(v.ToArray().Count(static b => b.Bits != 0), values.Pool.ToArray().Count(static b => b.Bits != 0));
    }

    [Fact]
    public void ArgMax_RaggedVocabulary_FindsTheFirstOfEachBlock()
    {
        HostTensor<float> logits = _data.Float(3, 37), maxima = new(3, 3);
        HostTensor<int> indices = new(3, 3);
        (logits[1, 17], logits[1, 30]) = (5, 5); // a tie inside block 1
        ReferenceLauncher.Run(() => Sampling.ArgMax(logits, maxima, indices, 16));

        for (int row = 0; row < 3; row++)
            for (int block = 0; block < 3; block++)
            {
                float[] lanes = logits.Slice(0, row, 1).ToArray()[(block * 16)..Math.Min(37, block * 16 + 16)];
                Assert.Equal(lanes.Max(), maxima[row, block]);
                Assert.Equal(block * 16 + Array.IndexOf(lanes, lanes.Max()), indices[row, block]);
            }

        Assert.Equal(17, indices[1, 1]);
    }

    private static double[] RmsNorm(double[] x, double[] weight)
    {
        int cols = weight.Length;
        return [.. x.Select((v, i) =>
        {
            double mean = x.Skip(i / cols * cols).Take(cols).Sum(static s => s * s) / cols;
            return v / Math.Sqrt(mean + Epsilon) * weight[i % cols];
        })];
    }
}
