using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>A piece of emitted code; a program is a list of them.</summary>
internal abstract class Step
{
    /// <summary>Names a uniform value, or ends the program.</summary>
    public sealed class Uniform(Op op) : Step
    {
        public Op Op { get; } = op;
    }

    /// <summary>One loop nest: its operations see each other's lanes in registers.</summary>
    public sealed class Nest(Space space) : Step
    {
        public Space Space { get; } = space;

        public List<Op> Ops { get; } = [];

        /// <summary>Values that others read, and so go to scratch.</summary>
        public List<TileValue> Kept { get; } = [];

        /// <summary>Reductions that fold into a loop's carried column instead of a column of their own: by result name.</summary>
        public Dictionary<string, Carried> Folds { get; } = [];
    }

    /// <summary>Result = Addend + Dot, or Result = Dot. The addend is in the result's place, or copied there.</summary>
    public sealed class Product(Dot dot, TileValue result, TileValue? addend) : Step
    {
        public Dot Dot { get; } = dot;

        public TileValue Result { get; } = result;

        public TileValue? Addend { get; } = addend;
    }

    /// <summary>A loop whose body stays a list of steps.</summary>
    public sealed class Loop(Op op, IReadOnlyList<Carried> carried, List<Step> body) : Step
    {
        public Op Op { get; } = op;

        public IReadOnlyList<Carried> Carried { get; } = carried;

        public List<Step> Body { get; } = body;
    }

    /// <summary>A block loop whose body is one nest: the nest runs over the whole range at once, so the block's length costs nothing.</summary>
    public sealed class MergedLoop(BlockLoop op, IReadOnlyList<Op> lets, Step.Nest body) : Step
    {
        public BlockLoop Op { get; } = op;

        public IReadOnlyList<Op> Lets { get; } = lets;

        public Nest Body { get; } = body;
    }
}
