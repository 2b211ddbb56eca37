using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>The integer dots over unpacked panels: the bits of portable vectors over the panels as they lie.</summary>
public class WideTests
{
    public static TheoryData<string, string> Shapes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var form in IntegerForm.All)
                foreach (var shape in form.WideShapes)
                    data.Add(form.Set, shape.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Dot_WithItsFeaturesAndItsMemory_GivesTheBitsOfPortableVectors(string set, string shape)
    {
        var kernel = IntegerForm.All.Single(f => f.Set == set).WideShapes.Single(s => s.Name == shape);
        byte[] code = MachineEmitter.Code(kernel);
        foreach (var (groups, blocks) in new[] { (0, 1), (1, 1), (3, 1), (2, 4) })
        {
            Check(new IntegerKernel(kernel.Rows, 1, kernel.Int4, kernel.Zeros), groups, blocks, set, code);
            // Without zero points int4 has 8.
            if (kernel.Int4)
                Check(new IntegerKernel(kernel.Rows, 1, Int4: true, Zeros: false), groups, blocks, set, code);
        }
    }

    private static void Check(IntegerKernel kernel, int groups, int blocks, string set, byte[] code)
    {
        using var bytes = new IntegerMemory(kernel, groups, blocks);
        using var memory = new WideMemory(bytes);
        float[] expected = bytes.Portable();
        Assert.Equal(groups == 0, expected.SequenceEqual(bytes.Before));
        var machine = new Machine { Features = Forms.Promised(Enum.Parse<InstructionSet>(set)) };
        memory.AllowIn(machine);
        machine.Run(code, memory.Arguments);
        Assert.Equal(expected, bytes.C.ToArray());
        if (!machine.HostExecutes)
            return;
        bytes.Before.CopyTo(bytes.C);
        using var native = new NativeFunction(code);
        native.Call(memory.Arguments);
        Assert.Equal(expected, bytes.C.ToArray());
    }
}
