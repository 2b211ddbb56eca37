using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>
/// The queues of a legal kernel: the i-th load of a body goes through input queue i mod 4 (a pipe pair has 8 events, two per double
/// buffer), stores through one output queue. A queue's buffers hold the largest tile that passes.
/// </summary>
internal sealed class PlanQueues
{
    private const int MaxInputs = 4;

    private readonly Dictionary<string, int> _inputOf = [];
    private readonly int[] _inputs = new int[MaxInputs];
    private readonly Kernel _kernel;

    private PlanQueues(Kernel kernel)
    {
        _kernel = kernel;
        Stages = kernel.Schedule.Stages == 1 ? 1 : 2;
        Visit(kernel.Body);
    }

    /// <summary>Buffers per queue.</summary>
    public int Stages { get; }

    /// <summary>Bytes of one buffer of each input queue.</summary>
    public IReadOnlyList<int> Inputs => _inputs.TakeWhile(static b => b > 0).ToList();

    /// <summary>Bytes of one buffer of the output queue; 0 when nothing is stored.</summary>
    public int Output { get; private set; }

    /// <summary>Bytes of all queues.</summary>
    public int Bytes => Stages * (_inputs.Sum() + Output);

    /// <summary>Plans the queues of a legal kernel.</summary>
    public static PlanQueues Run(Kernel kernel) => new(kernel);

    /// <summary>The input queue of a loaded tile.</summary>
    public int InputOf(TileValue loaded) => _inputOf[loaded.Name];

    private void Visit(IEnumerable<Op> body)
    {
        int loads = 0;
        foreach (var op in body)
        {
            switch (op)
            {
                case Load load:
                    int queue = loads++ % MaxInputs;
                    _inputOf[load.Result.Name] = queue;
                    _inputs[queue] = Math.Max(_inputs[queue], StagedBytes(load.View, load.Result));
                    break;
                case Store store:
                    Output = Math.Max(Output, StagedBytes(store.View, store.Value));
                    break;
                default:
                    Visit(Walk.Children(op));
                    break;
            }
        }
    }

    private int StagedBytes(string view, TileValue tile)
    {
        var shape = Shape.Of(tile);
        return shape.ColAxis == 0 || _kernel.ParameterOf(view).Element is Element.F32 or Element.I32 ? shape.Bytes : shape.Bytes / 2;
    }
}
