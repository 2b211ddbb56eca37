namespace KernelDsl.Runtime.Model;

/// <summary>Finds and checks the tensors that a quantised matrix is made of.</summary>
readonly ref struct QuantisedModule
{
    private const string Weight = ".weight";

    private readonly CheckpointFiles _checkpoint;
    private readonly QuantizationConfig _config;
    private readonly string _module;
    private readonly int _rows, _columns, _group;

    private QuantisedModule(CheckpointFiles checkpoint, QuantizationConfig config, string name, int rows, int columns)
    {
        (_checkpoint, _config, _rows, _columns, _group) = (checkpoint, config, rows, columns, config.GroupOf(columns));
        _module = name[..^Weight.Length];
    }

    /// <summary>A matrix of integers, or null where the folder has this one as floats.</summary>
    /// <exception cref="ModelException">A part is missing, or has a shape or type that it must not have.</exception>
    public static PackedRows? Find(CheckpointFiles checkpoint, QuantizationConfig config, string name, int rows, int columns)
    {
        var module = new QuantisedModule(checkpoint, config, name, rows, columns);
        if (!module.IsQuantised(name)) return null;
        module.CheckExtent();
        return config.Method switch
        {
            QuantizationMethod.Gptq => module.Gptq(),
            QuantizationMethod.Awq => module.Awq(),
            _ => module.Compressed(),
        };
    }

    private int PerWord => 32 / _config.Bits;

    private int Groups => _columns / _group;

    private string Integers => _config.Method switch
    {
        QuantizationMethod.Gptq or QuantizationMethod.Awq => ".qweight",
        QuantizationMethod.PackQuantized => ".weight_packed",
        _ => Weight,
    };

    private bool IsQuantised(string name)
    {
        if (_config.Method == QuantizationMethod.IntQuantized) return _checkpoint.TryGet(name, out var tensor) && tensor.Entry.Element == null;
        // Where neither is there, the quantised one is missed: its name tells the reader more.
        return _checkpoint.TryGet(_module + Integers, out _) || (!_checkpoint.TryGet(name, out _) && !IsUsuallyFloat(name));
    }

    private static bool IsUsuallyFloat(string name) => name is Qwen2Tensors.Embedding or Qwen2Tensors.Head;

    private void CheckExtent()
    {
        if (_columns % _group != 0 || _group % WeightFormat.Block != 0)
            throw Fault(Integers, $"has {_columns} inputs in groups of {_group}; the inputs must be whole groups, and a group a multiple of {WeightFormat.Block}");
        bool alongOutputs = _config.Method is QuantizationMethod.Gptq or QuantizationMethod.Awq;
        if (alongOutputs && _rows % PerWord != 0) throw Fault(Integers, $"has {_rows} outputs; they must be a multiple of {PerWord}, which share a word");
    }

    private PackedRows Gptq()
    {
        var integers = Part(".qweight", ["I32"], [_columns / PerWord, _rows]);
        var scales = Scales(".scales", [Groups, _rows]);
        var zeros = Part(".qzeros", ["I32"], [Groups, _rows / PerWord]);
        // After the shapes: with a wrong group size no order is right.
        if (_checkpoint.TryGet(_module + ".g_idx", out _)) CheckOrder(".g_idx");
        return Make(IntegerLayout.AlongInputsTransposed, integers, scales, new ZeroPoints(zeros, _config.Bits, false, _config.ZeroOffset, PackedRows.Order(_config.Bits, false)));
    }

    private PackedRows Awq() => Make(
        IntegerLayout.AlongOutputsTransposed, Part(".qweight", ["I32"], [_columns, _rows / PerWord]), Scales(".scales", [Groups, _rows]),
        new ZeroPoints(Part(".qzeros", ["I32"], [Groups, _rows / PerWord]), _config.Bits, false, 0, PackedRows.Order(_config.Bits, true)));

    private PackedRows Compressed()
    {
        bool packed = _config.Method == QuantizationMethod.PackQuantized;
        if (packed) CheckShape();
        if (_checkpoint.TryGet(_module + ".weight_g_idx", out _)) CheckOrder(".weight_g_idx");
        var integers = packed ? Part(".weight_packed", ["I32"], [_rows, _columns / PerWord]) : Part(Weight, ["I8"], [_rows, _columns]);
        ZeroPoints? zeros = _config.Symmetric ? null : new ZeroPoints(
            packed ? Part(".weight_zero_point", ["I32"], [(_rows + PerWord - 1) / PerWord, Groups]) : Part(".weight_zero_point", ["I8"], [_rows, Groups]),
            _config.Bits, true, 0, PackedRows.Order(_config.Bits, false));
        return Make(packed ? IntegerLayout.AlongInputs : IntegerLayout.Bytes, integers, Scales(".weight_scale", [_rows, Groups]), zeros);
    }

    private PackedRows Make(IntegerLayout layout, ModuleTensor integers, ModuleTensor scales, ZeroPoints? zeros)
    {
        if (zeros is { } points && points.AreCentred()) zeros = null;
        var format = new WeightFormat(_config.Bits == 4 ? WeightEncoding.Int4 : WeightEncoding.Int8, _group, zeros != null);
        return new(_rows, _columns, format, _config.Bits, layout, integers, scales, zeros);
    }

    private ModuleTensor Scales(string suffix, int[] shape) => Part(suffix, ["F16", "BF16", "F32"], shape);

    private ModuleTensor Part(string suffix, string[] dtypes, int[] shape)
    {
        if (!_checkpoint.TryGet(_module + suffix, out var tensor))
            throw new ModelException(_checkpoint.Path, $"tensor {Text.Quote(_module + suffix)} is missing; quantization_config asks for one of shape {Text.Shape<int>(shape)}");
        if (!dtypes.Contains(tensor.Entry.DType)) throw Fault(suffix, $"has dtype {tensor.Entry.DType}; it must be {string.Join(" or ", dtypes)}");
        if (!tensor.Entry.HasShape(shape)) throw Fault(suffix, $"has shape {Text.Shape(tensor.Entry.Shape.Span)}; quantization_config asks for {Text.Shape<int>(shape)}");
        return new(tensor.File, tensor.Entry);
    }

    /// <summary>Inputs must lie in the order of their groups.</summary>
    private void CheckOrder(string suffix)
    {
        var order = Part(suffix, ["I32"], [_columns]);
        for (int i = 0; i < _columns; i++)
            if (order.Word(0, i) is var group && group != i / _group)
                throw Fault(suffix, $"puts input {i} into group {group}; it must be {i / _group}: checkpoints with activation order (desc_act) are not supported");
    }

    private void CheckShape()
    {
        const string suffix = ".weight_shape";
        var shape = Part(suffix, ["I64", "I32"], [2]);
        for (int i = 0; i < 2; i++)
        {
            int expected = i == 0 ? _rows : _columns;
            long dim = shape.Entry.DType == "I64" ? BitConverter.ToInt64(shape.Row(0, i, 1, sizeof(long))) : shape.Word(0, i);
            if (dim != expected) throw Fault(suffix, $"says {dim} in place {i}; {Qwen2Config.FileName} asks for {expected}");
        }
    }

    private ModelException Fault(string suffix, string message) =>
        new(_checkpoint.TryGet(_module + suffix, out var tensor) ? tensor.File.Path : _checkpoint.Path, $"tensor {Text.Quote(_module + suffix)} {message}");
}
