namespace KernelDsl.Runtime.Model;

/// <summary>How a Hugging Face folder stores quantised matrices.</summary>
public enum QuantizationMethod
{
    /// <summary>GPTQ, as AutoGPTQ and GPTQModel write it.</summary>
    Gptq,

    /// <summary>AWQ in AutoAWQ's version "gemm".</summary>
    Awq,

    /// <summary>compressed-tensors, several integers to a word.</summary>
    PackQuantized,

    /// <summary>compressed-tensors, an integer to a byte.</summary>
    IntQuantized,
}

/// <summary>quantization_config of config.json.</summary>
/// <param name="Method">The storage.</param>
/// <param name="Bits">Bits of a weight, 4 or 8.</param>
/// <param name="Group">Inputs that share a scale; 0: all inputs of an output.</param>
/// <param name="ZeroOffset">What is added to a stored zero point: 1 in GPTQ's first version, else 0.</param>
/// <param name="Symmetric">compressed-tensors: there are no zero points.</param>
public sealed record QuantizationConfig(QuantizationMethod Method, int Bits, int Group, int ZeroOffset, bool Symmetric)
{
    private const string Field = "quantization_config";

    /// <summary>Inputs of a group of a matrix.</summary>
    public int GroupOf(int inputs) => Group == 0 ? inputs : Group;

    /// <summary>Reads and checks it; null where there is none.</summary>
    /// <exception cref="ModelException">A field is missing, of the wrong type, or asks for what is not supported.</exception>
    internal static QuantizationConfig? Read(JsonFields config)
    {
        if (config.Object(Field) is not { } json) return null;
        return json.String("quant_method") switch
        {
            "gptq" => ReadGptq(json),
            "awq" => ReadAwq(json),
            "compressed-tensors" => ReadCompressed(json),
            var other => throw json.Fault("quant_method", Described(other), "gptq, awq or compressed-tensors"),
        };
    }

    private static QuantizationConfig ReadGptq(JsonFields json)
    {
        int offset = json.String("checkpoint_format") switch
        {
            null or "gptq" => 1,
            "gptq_v2" => 0,
            var other => throw json.Fault("checkpoint_format", Text.Quote(other), "gptq or gptq_v2"),
        };
        if (json.String("pack_dtype") is var word && word is not (null or "int32")) throw json.Fault("pack_dtype", Text.Quote(word), "int32");
        if (json.Object("dynamic") is { } dynamic && dynamic.Names.Any()) throw json.Fault("dynamic", "given", "absent: one format for all modules");
        return new(QuantizationMethod.Gptq, ReadBits(json, "bits", 4, 8), ReadGroup(json), offset, Symmetric: false);
    }

    private static QuantizationConfig ReadAwq(JsonFields json)
    {
        if (json.String("version") is var version && version is not null && !version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
            throw json.Fault("version", Text.Quote(version), "gemm");
        if (!json.Bool("zero_point", true)) throw json.Fault("zero_point", "false", "true");
        return new(QuantizationMethod.Awq, ReadBits(json, "bits", 4), ReadGroup(json), 0, Symmetric: false);
    }

    private static QuantizationConfig ReadCompressed(JsonFields json)
    {
        foreach (string unsupported in (ReadOnlySpan<string>)["kv_cache_scheme", "sparsity_config", "transform_config"])
            if (json.Object(unsupported) is { } scheme && scheme.Names.Any() && scheme.String("format") is not "dense")
                throw json.Fault(unsupported, "given", "absent");
        if (json.String("quantization_status") is var status && status is not (null or "compressed"))
            throw json.Fault("quantization_status", Text.Quote(status), "compressed");
        var groups = json.Object("config_groups") ?? throw json.Fault("config_groups", "missing", "an object with a scheme of weights");
        QuantizationConfig? common = null;
        foreach (string name in groups.Names)
        {
            var own = ReadScheme(json, groups, name);
            if (common != null && own != common) throw groups.Fault(name, "another format of weights", "the same as the others'");
            common = own;
        }
        return common ?? throw json.Fault("config_groups", "empty", "an object with a scheme of weights");
    }

    private static QuantizationConfig ReadScheme(JsonFields json, JsonFields groups, string name)
    {
        var scheme = groups.Object(name) ?? throw groups.Fault(name, "null", "an object");
        var method = (scheme.String("format") ?? json.String("format")) switch
        {
            "pack-quantized" => QuantizationMethod.PackQuantized,
            "int-quantized" => QuantizationMethod.IntQuantized,
            var other => throw json.Fault("format", Described(other), "pack-quantized or int-quantized"),
        };
        // Activations are rounded to int8 here anyway, each 32 with a scale: finer than any scheme of eight bits that needs no fixed scale.
        if (scheme.Object("input_activations") is { } inputs && (inputs.Int("num_bits", 1, 64, 8) != 8 || inputs.String("type") is not (null or "int") || !inputs.Bool("dynamic", false)))
            throw scheme.Fault("input_activations", "given", "null, or dynamic with 8 bits");
        if (scheme.Has("output_activations")) throw scheme.Fault("output_activations", "given", "null");

        var weights = scheme.Object("weights") ?? throw scheme.Fault("weights", "missing", "an object");
        if (weights.String("type") is var type && type is not (null or "int")) throw weights.Fault("type", Text.Quote(type), "int");
        int bits = method == QuantizationMethod.IntQuantized ? ReadBits(weights, "num_bits", 8) : ReadBits(weights, "num_bits", 4, 8);
        int group = weights.String("strategy") switch
        {
            "channel" => 0,
            "group" or null => ReadGroup(weights),
            var other => throw weights.Fault("strategy", Text.Quote(other), "channel or group"),
        };
        return new(method, bits, group, 0, weights.Bool("symmetric", true));
    }

    private static int ReadBits(JsonFields json, string field, params ReadOnlySpan<int> allowed)
    {
        int bits = json.Int(field, 1, 64);
        return allowed.Contains(bits) ? bits : throw json.Fault(field, $"{bits}", string.Join(" or ", allowed.ToArray()));
    }

    private static int ReadGroup(JsonFields json)
    {
        const string field = "group_size";
        int group = json.Int(field, -1, 1 << 20);
        if (group == -1) return 0;
        return group > 0 && group % WeightFormat.Block == 0 ? group : throw json.Fault(field, $"{group}", $"-1 or a multiple of {WeightFormat.Block}");
    }

    private static string Described(string? value) => value == null ? "missing" : Text.Quote(value);
}
