using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Model;

/// <summary>
/// What flows through the generator: a kernel's name and constants and, per target, its variants. Equal when its printed text is equal,
/// so that a comment or a renamed local changes nothing downstream.
/// </summary>
public sealed class KernelModel(string name, EquatableArray<ListedConstant> constants, EquatableArray<TargetVariants> targets) : IEquatable<KernelModel>
{
    private readonly string _text = string.Join("\n", constants.Select(static c => c.ToString()).Concat(targets.SelectMany(static t => t.Variants).Select(Printer.Print)).Concat([name]));

    /// <summary>"Class.Method".</summary>
    public string Name => name;

    /// <summary>The [Const] parameters and all their values.</summary>
    public EquatableArray<ListedConstant> Constants => constants;

    /// <summary>The variants for each target the kernel is sound for.</summary>
    public EquatableArray<TargetVariants> Targets => targets;

    /// <inheritdoc/>
    public bool Equals(KernelModel? other) => other is not null && other._text == _text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as KernelModel);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);
}

/// <summary>A [Const] parameter and its listed values.</summary>
public sealed record ListedConstant(string Name, EquatableArray<int> Values)
{
    /// <inheritdoc/>
    public override string ToString() => $"const {Name} in {string.Join(", ", Values)}";
}

/// <summary>All variants of a kernel for one target.</summary>
public sealed record TargetVariants(string Target, EquatableArray<Kernel> Variants);
