using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Where the numbers of a quantised weight lie. A panel is 16 outputs over all inputs, group by group: 16 scales (binary16), 16 zero points
/// (binary16) where the format has them, then blocks of 32 inputs. A block of int8 is [8][16][4] bytes: dwords of four inputs, 16 outputs
/// side by side. A block of int4 is [4][16][4] bytes: the lower nibbles are inputs 0 to 15, the upper ones 16 to 31. Everything that a dot
/// reads of a panel is one stream.
/// </summary>
public static unsafe class QuantisedPanels
{
    /// <summary>Bytes of 16 scales, or of 16 zero points.</summary>
    public const int ScaleBytes = Panels.Width * 2;

    private const int Block = WeightFormat.Block;

    /// <summary>Bytes of 16 outputs by 32 inputs.</summary>
    public static int BlockBytes(WeightFormat format) => format.Encoding == WeightEncoding.Int8 ? Block * Panels.Width : Block * Panels.Width / 2;

    /// <summary>Bytes before the blocks of a group.</summary>
    public static int HeaderBytes(WeightFormat format) => format.HasZeros ? 2 * ScaleBytes : ScaleBytes;

    /// <summary>Bytes of a group of 16 outputs.</summary>
    public static int GroupBytes(WeightFormat format) => HeaderBytes(format) + (format.Group / Block * BlockBytes(format));

    /// <summary>Bytes of a panel.</summary>
    public static long PanelBytes(int inputs, WeightFormat format) => (long)(inputs / format.Group) * GroupBytes(format);

    /// <summary>Bytes of a weight: outputs rounded up to whole panels.</summary>
    public static long Bytes(int outputs, int inputs, WeightFormat format) =>
        (outputs + Panels.Width - 1) / Panels.Width * PanelBytes(inputs, format);

    /// <summary>First byte of the group that holds an element.</summary>
    public static byte* Group(byte* weight, int inputs, WeightFormat format, int output, int input) =>
        weight + (output / Panels.Width * PanelBytes(inputs, format)) + ((long)(input / format.Group) * GroupBytes(format));

    /// <summary>The byte that holds an element, within its group; int4: the upper nibble where <paramref name="upper"/>.</summary>
    private static int Offset(WeightFormat format, int output, int input, out bool upper)
    {
        int inGroup = input % format.Group, inBlock = inGroup % Block, lane = output % Panels.Width;
        upper = format.Encoding == WeightEncoding.Int4 && inBlock >= Block / 2;
        int inHalf = upper ? inBlock - (Block / 2) : inBlock;
        return HeaderBytes(format) + (inGroup / Block * BlockBytes(format)) + (inHalf / 4 * 4 * Panels.Width) + (lane * 4) + (inHalf % 4);
    }

    /// <summary>One element.</summary>
    public static float Load(byte* weight, int inputs, WeightFormat format, int output, int input)
    {
        byte* group = Group(weight, inputs, format, output, input);
        byte stored = group[Offset(format, output, input, out bool upper)];
        var scales = (Half*)group;
        int lane = output % Panels.Width;
        int value = format.Encoding == WeightEncoding.Int8 ? (sbyte)stored : upper ? stored >> 4 : stored & 15;
        float zero = format.HasZeros ? (float)scales[Panels.Width + lane] : format.Centre;
        return (float)scales[lane] * (value - zero);
    }

    /// <summary>Groups of a panel as floats, [inputs][16]: the numbers of <see cref="Load"/>.</summary>
    public static void Floats(WeightFormat format, byte* panel, int groups, float* result)
    {
        for (int g = 0; g < groups; g++)
        {
            var scales = Halves(panel);
            var zeros = format.HasZeros ? Halves(panel + ScaleBytes) : Vector512.Create((float)format.Centre);
            panel += HeaderBytes(format);
            for (int block = 0; block < format.Group; block += Block, result += Block * Panels.Width)
                for (int i = 0; i < BlockBytes(format) / Panels.Width; i += 4, panel += 4 * Panels.Width)
                {
                    var v = Vector512.Load((int*)panel);
                    for (int j = 0; j < 4; j++, v >>>= 8)
                    {
                        float* at = result + ((i + j) * Panels.Width);
                        if (format.Encoding == WeightEncoding.Int8)
                        {
                            Number((v << 24) >> 24).Store(at);
                            continue;
                        }

                        Number(v & Vector512.Create(15)).Store(at);
                        Number((v >>> 4) & Vector512.Create(15)).Store(at + (Block / 2 * Panels.Width));
                    }
                }

            Vector512<float> Number(Vector512<int> integers) => scales * (Vector512.ConvertToSingle(integers) - zeros);
        }
    }

    /// <summary>16 binary16 numbers as floats, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Halves(byte* numbers)
    {
        var bits = Vector512.Create(Vector256.WidenLower(Vector256.Load((ushort*)numbers)), Vector256.WidenUpper(Vector256.Load((ushort*)numbers)));
        // Exponents differ by 112: a multiplication moves them, and makes subnormal numbers normal on the way.
        var magnitude = ((bits & Vector512.Create(0x7fffu)) << 13).AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x77800000));
        return (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }
}
