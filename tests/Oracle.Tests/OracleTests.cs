using KernelDsl.Backends.Tests.Harness;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace KernelDsl.Oracle.Tests;

/// <summary>Every target, the reference included, against libtorch in float64 on the same bf16 inputs.</summary>
public sealed class OracleTests
{
    private const int D = 64;

    public static TheoryData<string, string> Rows(string kernel)
    {
        var data = new TheoryData<string, string>();
        foreach (string target in Suite.Targets.Keys)
            data.Add(target, kernel);
        return data;
    }

    [OracleTheory]
    [MemberData(nameof(Rows), "Norm.RmsNorm")]
    public void RmsNorm_MatchesLibtorch(string target, string kernel) => Check(
        target, kernel, Consts.None,
        static d => [d.Float([9, 300], 4), d.BFloat16([300]), CaseData.OutBFloat16([9, 300]), new FloatArg(1e-6f)],
        output: 2, Tolerance.BFloat16(),
        static a =>
        {
            var x = Tensor(a.Floats(0));
            return x / (x.square().mean([-1], keepdim: true) + 1e-6).sqrt() * Tensor(a.BFloat16(1));
        });

    [OracleTheory]
    [MemberData(nameof(Rows), "MatMul.Linear")]
    public void Linear_MatchesLibtorch(string target, string kernel) => Check(
        target, kernel, Consts.None,
        static d => [d.BFloat16([19, 131]), d.Weight(75, 131), CaseData.OutBFloat16([19, 75])],
        output: 2, Tolerance.BFloat16Sum(131),
        static a => F.linear(Tensor(a.BFloat16(0)), Tensor(a.BFloat16(1))));

    [OracleTheory]
    [MemberData(nameof(Rows), "MatMul.LinearBias")]
    public void LinearBias_MatchesLibtorch(string target, string kernel) => Check(
        target, kernel, Consts.None,
        static d => [d.BFloat16([1, 257]), d.Weight(40, 257), d.BFloat16([40]), CaseData.OutBFloat16([1, 40])],
        output: 3, Tolerance.BFloat16Sum(258),
        static a => F.linear(Tensor(a.BFloat16(0)), Tensor(a.BFloat16(1)), Tensor(a.BFloat16(2))));

    [OracleTheory]
    [MemberData(nameof(Rows), "Mlp.SwiGlu")]
    public void SwiGlu_MatchesLibtorch(string target, string kernel) => Check(
        target, kernel, Consts.None,
        static d => [d.BFloat16([5, 131], scale: 6), d.Weight(77, 131), d.Weight(77, 131), CaseData.OutBFloat16([5, 77])],
        output: 3, Tolerance.BFloat16Product(131, scale: 6),
        static a => F.silu(F.linear(Tensor(a.BFloat16(0)), Tensor(a.BFloat16(1)))) * F.linear(Tensor(a.BFloat16(0)), Tensor(a.BFloat16(2))));

    [OracleTheory]
    [MemberData(nameof(Rows), "Rotary.Rope")]
    public void Rope_MatchesComplexRotation(string target, string kernel)
    {
        int[] positions = [0, 3, 700];
        var inverse = torch.pow(10000.0, -arange(0, D, 2, ScalarType.Float64) / D);
        var angles = outer(arange(0, 701, ScalarType.Float64), inverse);
        Check(
            target, kernel, Consts.D(D),
            d =>
            [
                d.BFloat16([3, 5, D], D), CaseData.Ints(positions),
                CaseData.Floats([.. angles.cos().to(ScalarType.Float32).data<float>()], 701, D / 2),
                CaseData.Floats([.. angles.sin().to(ScalarType.Float32).data<float>()], 701, D / 2),
            ],
            output: 0, Tolerance.BFloat16(),
            a =>
            {
                // A pair (lane i, lane i + D/2) is one complex number, turned by position · frequency.
                var halves = Tensor(a.BFloat16(0)).chunk(2, dim: -1);
                var turn = polar(ones(3, 1, D / 2, ScalarType.Float64), angles[tensor(positions.Select(static p => (long)p).ToArray())].unsqueeze(1));
                var turned = complex(halves[0], halves[1]) * turn;
                return cat([turned.real, turned.imag], dim: -1);
            });
    }

    [OracleTheory]
    [MemberData(nameof(Rows), "Attention.Prefill")]
    public void Prefill_MatchesScaledDotProductAttention(string target, string kernel)
    {
        const int Length = 150, Heads = 4, KvHeads = 2, Page = 16;
        Check(
            target, kernel, Consts.D(D),
            static d =>
            {
                var table = d.PageTable([Length], Page);
                return
                [
                    d.BFloat16([Length, Heads, D]),
                    d.Cache(table, [Length], Page, KvHeads, D, PageLayout.ContractLanes),
                    d.Cache(table, [Length], Page, KvHeads, D, PageLayout.ContractPositions),
                    CaseData.OutBFloat16([Length, Heads, D]), CaseData.Ints(0, Length), CaseData.Ints(Length), new IntArg(Length), new FloatArg(0.125f),
                ];
            },
            // The weights are rounded to bf16 before the second dot: 2^-9 of values below 1, weights summing to 1.
            output: 3, Tolerance.BFloat16(1 / 512.0),
            static a => F.scaled_dot_product_attention(
                Tensor(a.BFloat16(0)).transpose(0, 1), Contiguous(a.Cache(1)), Contiguous(a.Cache(2)), is_casual: true).transpose(0, 1));

        // [heads, positions, lanes], each KV head once for every query head that shares it.
        static Tensor Contiguous(HostCache<bf16> cache)
        {
            var values = Enumerable.Range(0, Length * KvHeads * D).Select(i => (double)(float)cache[0, i / (KvHeads * D), i / D % KvHeads, i % D]);
            return tensor(values.ToArray(), [Length, KvHeads, D]).transpose(0, 1).repeat_interleave(Heads / KvHeads, dim: 0);
        }
    }

    private static void Check(
        string target, string kernel, IReadOnlyDictionary<string, int> constants, Func<CaseData, KernelArg[]> arguments,
        int output, Tolerance tolerance, Func<KernelLaunch, Tensor> oracle)
    {
        using var scope = NewDisposeScope();
        var launch = new KernelLaunch(KernelList.All.Single(k => k.Name == kernel), arguments(new CaseData(7)), constants);
        double[] want = [.. oracle(launch).contiguous().data<double>()];
        var subject = Suite.Targets[target];
        subject.Run(launch, subject.Variants(launch)[0]);

        bf16[] got = launch.BFloat16(output).ToArray();
        Assert.Equal(want.Length, got.Length);
        for (int i = 0; i < want.Length; i++)
            Assert.True(
                Math.Abs((float)got[i] - want[i]) <= tolerance.Relative * Math.Abs(want[i]) + tolerance.Absolute,
                $"element {i} is {got[i]}, libtorch has {want[i]} ({tolerance})");
    }

    private static Tensor Tensor(HostTensor<bf16> host) =>
        tensor(host.ToArray().Select(static v => (double)(float)v).ToArray(), [.. host.Dims.ToArray().Select(static d => (long)d)]);

    private static Tensor Tensor(HostTensor<float> host) =>
        tensor(host.ToArray().Select(static v => (double)v).ToArray(), [.. host.Dims.ToArray().Select(static d => (long)d)]);
}
