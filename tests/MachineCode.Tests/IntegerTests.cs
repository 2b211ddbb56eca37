using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>
/// Every shape of the integer dots under the interpreter: the bits of portable vectors, with the instructions that its set promises and no
/// others, and without touching a byte that is not its own. What the host can, it executes too.
/// </summary>
public class IntegerTests
{
    public static TheoryData<string, string> Shapes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var form in IntegerForm.All)
                foreach (var shape in form.Shapes)
                    data.Add(form.Set, shape.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Dot_WithItsFeaturesAndItsMemory_GivesTheBitsOfPortableVectors(string set, string shape)
    {
        var form = IntegerForm.All.Single(f => f.Set == set);
        var kernel = form.Shapes.Single(s => s.Name == shape);
        byte[] code = MachineEmitter.Code(form, kernel);
        foreach (var (groups, blocks) in new[] { (0, 1), (1, 1), (3, 1), (2, 4) })
        {
            using var memory = new IntegerMemory(kernel, groups, blocks);
            float[] expected = memory.Portable();
            Assert.Equal(groups == 0, expected.SequenceEqual(memory.Before));
            var machine = new Machine { Features = Forms.Promised(Enum.Parse<InstructionSet>(set)) };
            memory.AllowIn(machine);
            machine.Run(code, memory.Arguments);
            Assert.Equal(expected, memory.C.ToArray());
            if (!machine.HostExecutes)
                continue;
            memory.Before.CopyTo(memory.C);
            using var native = new NativeFunction(code);
            native.Call(memory.Arguments);
            Assert.Equal(expected, memory.C.ToArray());
        }
    }
}
