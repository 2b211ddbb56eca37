using Iced.Intel;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generators.Backends.Cpu;

namespace KernelDsl.MachineTests;

/// <summary>The forms of machine code as tests name them, and what each may use.</summary>
internal static class Forms
{
    private static readonly CpuidFeature[] _avx2 = [CpuidFeature.AVX, CpuidFeature.AVX2, CpuidFeature.FMA, CpuidFeature.F16C];

    private static readonly CpuidFeature[] _avx512 = [.. _avx2, CpuidFeature.AVX512F, CpuidFeature.AVX512BW, CpuidFeature.AVX512DQ, CpuidFeature.AVX512VL];

    /// <summary>Portable vectors as a form: floats in every shape.</summary>
    public static MachineForm Portable { get; } = MachineForm.Avx512 with { Set = nameof(InstructionSet.Portable) };

    /// <summary>Every form and shape, by name.</summary>
    public static TheoryData<string, string> Shapes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var form in MachineForm.All)
                foreach (var shape in form.Shapes)
                    data.Add(form.Set, shape.Name);
            return data;
        }
    }

    public static MachineForm Form(string set) => MachineForm.All.Single(f => f.Set == set);

    public static MicroKernel Shape(this MachineForm form, string name) => form.Shapes.Single(s => s.Name == name);

    /// <summary>
    /// Exactly what the set promises (Device/InstructionSet.cs and the detection in Device/Processor.cs).
    /// </summary>
    public static IReadOnlySet<CpuidFeature> Promised(this MachineForm form) => Promised(Enum.Parse<InstructionSet>(form.Set));

    /// <inheritdoc cref="Promised(MachineForm)"/>
    public static IReadOnlySet<CpuidFeature> Promised(InstructionSet set) => set switch
    {
        InstructionSet.Avx2 => _avx2.ToHashSet(),
        InstructionSet.Avx512 => _avx512.ToHashSet(),
        InstructionSet.Avx512Vnni => _avx512.Append(CpuidFeature.AVX512_VNNI).ToHashSet(),
        InstructionSet.Avx512Bf16 => _avx512.Append(CpuidFeature.AVX512_BF16).ToHashSet(),
        InstructionSet.Amx => [.. _avx512, CpuidFeature.AMX_TILE, CpuidFeature.AMX_BF16],
        _ => throw new ArgumentOutOfRangeException(nameof(set), set, null),
    };
}
