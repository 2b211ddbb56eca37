using Kdsl.Bench;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Bench;

/// <summary>A launch to measure.</summary>
public sealed class KernelCase
{
    readonly string _name;

    /// <param name="name">Kernel and shape.</param>
    /// <param name="operations">Floating-point operations of a launch.</param>
    /// <param name="bind">Allocates and binds it.</param>
    internal KernelCase(string name, double operations, Func<Bound, Launch> bind) => (_name, Operations, Bind) = (name, operations, bind);

    /// <summary>Floating-point operations of a launch.</summary>
    public double Operations { get; }

    internal Func<Bound, Launch> Bind { get; }

    /// <inheritdoc/>
    public override string ToString() => _name;
}
