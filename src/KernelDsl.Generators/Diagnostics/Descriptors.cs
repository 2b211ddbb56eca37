using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Diagnostics;

/// <summary>Every KDSL id with its severity and message. docs/diagnostics.md has a heading for each, which the help links point to.</summary>
public static class Descriptors
{
    private const string Category = "KernelDsl";

    private static readonly Dictionary<string, DiagnosticDescriptor> _all = new DiagnosticDescriptor[]
    {
        // The declaration.
        Error("KDSL0001", "'{0}' must be a static, non-generic method that returns void"),
        Error("KDSL0002", "parameter '{0}': a kernel takes views, int, float, and [Const] or [Block] ints; '{1}' is none of these"),
        Error("KDSL0003", "[Const] parameter '{0}' lists no values"),
        Error("KDSL0004", "[Block] parameter '{0}' must be BM, BN, BK or BH"),
        Error("KDSL0005", "kernel '{0}' has no schedule for {1}, and '{2}' has no default"),
        Error("KDSL0006", "two kernels are named '{0}' in class '{1}'"),
        Warning("KDSL0007", "output '{0}' is never written"),

        // Statements and expressions.
        Error("KDSL0020", "this statement is not part of the kernel language: {0}"),
        Error("KDSL0021", "this expression is not part of the kernel language: {0}"),
        Error("KDSL0022", "'{0}' is not an intrinsic and not [Inline]"),
        Error("KDSL0023", "[Inline] method '{0}' is recursive"),
        Error("KDSL0024", "no source for '{0}': [Inline] code must be in this compilation"),
        Error("KDSL0025", "condition depends on a tile; use Where"),
        Error("KDSL0026", "the grid may depend on parameters only; '{0}' is read from memory"),
        Error("KDSL0027", "Grid.{0} is used twice with different extents"),
        Error("KDSL0028", "return is allowed only before the first loop"),
        Error("KDSL0029", "tile '{0}' is assigned under a condition; use Where"),

        // Shapes.
        Error("KDSL0040", "{0} cannot broadcast to {1}"),
        Error("KDSL0041", "{0}: axis '{1}' does not match axis '{2}' (same length, different blocks)"),
        Error("KDSL0042", "Dot contracts '{0}' with '{1}'"),
        Error("KDSL0043", "'{0}' changes from {1} to {2} in the loop"),
        Error("KDSL0044", "block size '{0}' is not a compile-time constant"),
        Error("KDSL0045", "Full({0}): the length is not a compile-time constant"),
        Error("KDSL0046", "at most two of the indices may be blocks"),
        Error("KDSL0047", "this mask is not a comparison of lane indices"),
        Error("KDSL0048", ".T applies to a Dot operand, a row or a column"),
        Error("KDSL0049", "store shape {0} does not match {1}"),

        // Elements.
        Error("KDSL0060", "'{0}' is not an element type (bf16, Half, float, int)"),
        Error("KDSL0061", "Dot takes storage tiles; write {0}.To<bf16>()"),
        Warning("KDSL0062", "'{0}' is narrowed and widened again; the rounding is kept, is it meant?"),
        Warning("KDSL0063", "float literal is double; it is rounded to float: {0}"),

        // Effects.
        Warning("KDSL0080", "store to '{0}' does not depend on Grid.{1}: programs may race"),
        Error("KDSL0081", "'{0}' is In and is written; declare InOut"),
        Warning("KDSL0082", "'{0}' is loaded and never used"),
        Info("KDSL0083", "load of '{0}' is loop-invariant and is hoisted"),

        // Schedules.
        Error("KDSL0101", "schedule names constant '{0}', which the kernel does not have"),
        Warning("KDSL0102", "schedule for {0} is shadowed by an earlier one"),

        // Lowering.
        Error("KDSL0120", "{0}: {1} needs {2} KiB, the device has {3} (at {4})"),
        Warning("KDSL0121", "{0}: about {1} registers per thread; expect spills"),
        Info("KDSL0130", "{0}: Dot on the vector core: {1}"),
        Warning("KDSL0140", "{0}: {1} is not lowered for {2} yet; the kernel is not built for it"),
        Error("KDSL0190", "internal error in pass {0}; the kernel's IR is in {1}"),
    }.ToDictionary(static d => d.Id);

    /// <summary>All of them, by id.</summary>
    public static IReadOnlyCollection<DiagnosticDescriptor> All => _all.Values;

    /// <summary>The descriptor of an id.</summary>
    public static DiagnosticDescriptor For(string id) => _all[id];

    private static DiagnosticDescriptor Error(string id, string message) => Make(id, message, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string message) => Make(id, message, DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor Info(string id, string message) => Make(id, message, DiagnosticSeverity.Info);

#pragma warning disable RS1032, RS1033 // messages are sentences without a period, or end in what the author wrote
    private static DiagnosticDescriptor Make(string id, string message, DiagnosticSeverity severity) => new(
        id, message, message, Category, severity, isEnabledByDefault: true,
        helpLinkUri: $"docs/diagnostics.md#{id.ToLowerInvariant()}");
#pragma warning restore RS1032, RS1033
}
