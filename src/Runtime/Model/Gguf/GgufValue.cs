namespace KernelDsl.Runtime.Model;

/// <summary>A metadata value as it lies in the file; <see cref="GgufMetadata"/> decodes it.</summary>
/// <param name="Type">Its type.</param>
/// <param name="ElementType">Of an array, its elements' type; else <paramref name="Type"/>.</param>
/// <param name="Count">Of an array, its elements; else 1.</param>
/// <param name="Offset">The first element, from the beginning of the file.</param>
public readonly record struct GgufValue(GgufValueType Type, GgufValueType ElementType, long Count, long Offset);
