using System.Text.Json.Serialization;

namespace KernelDsl.Backends.Ilgpu;

/// <summary>One compiled variant of a kernel: how to find it and how to launch it. The generator emits these, the manifest holds them.</summary>
public sealed record KernelEntry
{
    /// <summary>"Class.Method", the name in <see cref="KernelInfo"/>.</summary>
    public required string Kernel { get; init; }

    /// <summary>Name of the device function, unique among all variants; its PTX entry is "Kernel_" and this.</summary>
    public required string Function { get; init; }

    /// <summary>Values of the [Const] parameters.</summary>
    public required IReadOnlyList<NamedValue> Constants { get; init; }

    /// <summary>Values of the [Block] parameters.</summary>
    public required IReadOnlyList<NamedValue> Blocks { get; init; }

    /// <summary>Threads of a group.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of static shared memory of a group.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>The run-time parameters in order.</summary>
    public required IReadOnlyList<EntryParameter> Parameters { get; init; }

    /// <summary>Groups along x, y and z.</summary>
    public required IReadOnlyList<EntryGrid> Grid { get; init; }

    /// <summary>Same function, same launch; lists compare by content.</summary>
    public bool Equals(KernelEntry? other) => other is not null && Function == other.Function && Kernel == other.Kernel
        && Threads == other.Threads && SharedBytes == other.SharedBytes && Constants.SequenceEqual(other.Constants)
        && Blocks.SequenceEqual(other.Blocks) && Parameters.SequenceEqual(other.Parameters) && Grid.SequenceEqual(other.Grid);

    /// <inheritdoc/>
    public override int GetHashCode() => Function.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A [Const] or [Block] parameter and its value.</summary>
public readonly record struct NamedValue(string Name, int Value);

/// <summary>
/// A run-time parameter. A view of rank r becomes r + r device parameters: the pointer and length (16 bytes), r dimensions (int), and r - 1
/// strides in elements (long); a weight is a view of rank 2 without strides; a scalar is itself.
/// </summary>
public readonly record struct EntryParameter(string Name, ParameterKind Kind, ElementType Element, int Rank)
{
    /// <summary>Strides that follow the dimensions.</summary>
    [JsonIgnore]
    public int Strides => Kind == ParameterKind.Weight || Rank == 0 ? 0 : Rank - 1;
}

/// <summary>ceil(Extent / Block) groups; Extent is a <see cref="LaunchExpression"/>.</summary>
public readonly record struct EntryGrid(string Extent, int Block);

/// <summary>The entries of one build, as the JSON file that lies beside the PTX.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<KernelEntry>), TypeInfoPropertyName = "Entries")]
public sealed partial class ManifestJson : JsonSerializerContext;
