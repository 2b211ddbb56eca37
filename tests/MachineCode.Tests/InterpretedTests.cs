using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.X86Interpreter;

namespace KernelDsl.MachineTests;

/// <summary>
/// Every shape of every form under the interpreter: expected bits, with the instructions that its set promises and no others, and without
/// touching a byte that is not its own. What the host can, it executes too.
/// </summary>
public unsafe class InterpretedTests
{
    public static TheoryData<string, string> Shapes => Forms.Shapes;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Dot_WithItsFeaturesAndItsMemory_GivesTheExpectedBits(string set, string shape)
    {
        var form = Forms.Form(set);
        var kernel = form.Shape(shape);
        byte[] code = MachineEmitter.Code(form, kernel);
        foreach (var memory in Problems.Of(form, kernel))
        {
            byte[] expected = Expected.Memory(form, kernel, memory);
            var machine = new Machine { Features = form.Promised() };
            memory.AllowIn(machine);
            machine.Run(code, memory.Arguments);
            Problems.AssertEqual(expected, memory, "interpreted");
            if (!machine.HostExecutes)
                continue;
            memory.Reset();
            using var native = new NativeFunction(code);
            native.Call(memory.Arguments);
            Problems.AssertEqual(expected, memory, "executed");
        }
    }

    /// <summary>The memory's ranges bite: a byte less of anything, and the run faults.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Dot_WithoutItsLastElement_Faults(string set, string shape)
    {
        var form = Forms.Form(set);
        var kernel = form.Shape(shape);
        foreach (int contraction in new[] { 7, 8 })
        {
            using var memory = new DotMemory(form, kernel, contraction, padding: 3);
            var machine = new Machine();
            memory.AllowIn(machine, shorter: 1);
            var fault = Assert.Throws<MachineFaultException>(() => machine.Run(MachineEmitter.Code(form, kernel), memory.Arguments));
            Assert.Equal(FaultKind.OutOfRange, fault.Kind);
            Assert.Contains("'a, row", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Forms_ApartFromOneAnother_NeedTheirFeatures()
    {
        foreach (var (form, lesser) in MachineForm.All.Skip(1).Zip(MachineForm.All))
        {
            using var memory = new DotMemory(form, form.Shapes.First(), 3, 0);
            var machine = new Machine { Features = lesser.Promised() };
            memory.AllowIn(machine);
            var fault = Assert.Throws<MachineFaultException>(() => machine.Run(MachineEmitter.Code(form, form.Shapes.First()), memory.Arguments));
            Assert.Equal(FaultKind.FeatureNotAllowed, fault.Kind);
        }
    }
}
