using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Frontend;

/// <summary>x.Cols is the last dimension, which is known only when the whole kernel has been read.</summary>
internal sealed class RankResolver(IReadOnlyList<ViewParameter> views) : Rewriter
{
    /// <summary>Stands for the last dimension until then.</summary>
    public const int Last = -1;

    public Kernel Resolve(Kernel kernel) => kernel with
    {
        Grid = kernel.Grid.Select(g => g with { Extent = Scalar(g.Extent) }).ToEquatable(),
        Body = Body(kernel.Body),
    };

    public override Scalar Scalar(Scalar scalar) => scalar is ViewDim { Dim: Last } dim
        ? dim with { Dim = Math.Max(views.First(v => v.Name == dim.View).Rank, 1) - 1 }
        : base.Scalar(scalar);
}
