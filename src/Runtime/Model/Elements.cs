using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Model;

/// <summary>Conversion of checkpoint elements: BF16, F16 and F32.</summary>
public static class Elements
{
    /// <summary>Rounds to bf16, to nearest, ties to even. The source may lie at any address.</summary>
    /// <exception cref="ArgumentException">Weights have no such elements.</exception>
    public static void ToBFloat16(ReadOnlySpan<byte> source, ElementType element, Span<BFloat16> destination)
    {
        switch (element)
        {
            case ElementType.BFloat16:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.Float16:
                for (int i = 0; i < destination.Length; i++) destination[i] = (BFloat16)(float)MemoryMarshal.Read<Half>(source[(2 * i)..]);
                break;
            case ElementType.Float32:
                for (int i = 0; i < destination.Length; i++) destination[i] = (BFloat16)MemoryMarshal.Read<float>(source[(4 * i)..]);
                break;
            default:
                throw new ArgumentException($"{element} is not an element type of weights", nameof(element));
        }
    }

    /// <summary>Widens to floats. The source may lie at any address.</summary>
    /// <exception cref="ArgumentException">Weights have no such elements.</exception>
    public static void ToFloat(ReadOnlySpan<byte> source, ElementType element, Span<float> destination)
    {
        switch (element)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.Float16:
                for (int i = 0; i < destination.Length; i++) destination[i] = (float)MemoryMarshal.Read<Half>(source[(2 * i)..]);
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < destination.Length; i++) destination[i] = (float)MemoryMarshal.Read<BFloat16>(source[(2 * i)..]);
                break;
            default:
                throw new ArgumentException($"{element} is not an element type of weights", nameof(element));
        }
    }

    /// <summary>Rounds floats to what a checkpoint stores, to nearest, ties to even.</summary>
    /// <exception cref="ArgumentException">Weights have no such elements.</exception>
    public static byte[] FromFloat(ReadOnlySpan<float> source, ElementType element)
    {
        var bytes = new byte[source.Length * element.Size()];
        switch (element)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(bytes);
                break;
            case ElementType.Float16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
                for (int i = 0; i < source.Length; i++) halves[i] = (Half)source[i];
                break;
            case ElementType.BFloat16:
                Span<BFloat16> bfloats = MemoryMarshal.Cast<byte, BFloat16>(bytes.AsSpan());
                for (int i = 0; i < source.Length; i++) bfloats[i] = (BFloat16)source[i];
                break;
            default:
                throw new ArgumentException($"{element} is not an element type of weights", nameof(element));
        }
        return bytes;
    }
}
