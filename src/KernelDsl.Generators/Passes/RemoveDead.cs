using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Passes;

/// <summary>Removes operations and carried values that no store depends on.</summary>
public static class RemoveDead
{
    /// <summary>The kernel with only what reaches memory.</summary>
    public static Kernel Run(Kernel kernel)
    {
        while (true)
        {
            var live = new HashSet<string>(kernel.Body.SelectMany(Walk.AllUses).Select(static t => t.Name));
            var names = new HashSet<string>(Walk.All(kernel.Body).SelectMany(Mentioned).SelectMany(Walk.Names));
            var body = new Remover(live, names).Body(kernel.Body);
            if (body == kernel.Body)
                return kernel;
            kernel = kernel with { Body = body };
        }
    }

    // Live counts of result axes count too: they are part of a tile's type.
    private static IEnumerable<Scalar> Mentioned(Op op) =>
        Walk.Scalars(op).Concat(Walk.Defines(op).Concat(Walk.CarriedOf(op).Select(static c => c.Value)).SelectMany(static t => new[] { t.Rows.Live, t.Cols.Live }));

    private sealed class Remover(HashSet<string> live, HashSet<string> names) : Rewriter
    {
        public override IEnumerable<Op> Rewrite(Op op)
        {
            switch (op)
            {
                case Store or Guard:
                    return [op];
                case Let let:
                    return names.Contains(let.Name) ? [op] : [];
                case BlockLoop loop:
                    return Loop(loop, loop.Carried, loop.Body, (carried, body) => loop with { Carried = carried, Body = body });
                case IndexLoop loop:
                    return Loop(loop, loop.Carried, loop.Body, (carried, body) => loop with { Carried = carried, Body = body });
                default:
                    return Walk.Defines(op).Any(t => live.Contains(t.Name)) ? [op] : [];
            }
        }

        private IEnumerable<Op> Loop(Op loop, EquatableArray<Carried> carried, EquatableArray<Op> body, Func<EquatableArray<Carried>, EquatableArray<Op>, Op> make)
        {
            // A value carried for itself alone is dead: unused after the loop, and in the body only on the way to its own next value.
            var kept = carried.Where(c => live.Contains(c.Result.Name) || FeedsOthers(c, carried, body)).ToEquatable();
            var inner = Body(body);
            return kept.Count > 0 || Walk.All(inner).Any(static o => o is Store) ? [make(kept, inner)] : [];
        }

        private static bool FeedsOthers(Carried value, IEnumerable<Carried> carried, IEnumerable<Op> body)
        {
            var reached = new HashSet<string> { value.Value.Name };
            foreach (var op in Walk.All(body))
            {
                if (!Walk.Uses(op).Concat(Walk.CarriedOf(op).Select(static c => c.Next)).Any(t => reached.Contains(t.Name)))
                    continue;
                if (op is Store)
                    return true;
                foreach (var defined in Walk.Defines(op))
                    reached.Add(defined.Name);
            }
            return carried.Any(c => c != value && reached.Contains(c.Next.Name));
        }
    }
}
