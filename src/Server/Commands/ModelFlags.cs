using System.CommandLine;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Commands;

/// <summary>Which model to open and how; the same for every command that runs one.</summary>
sealed class ModelFlags
{
    readonly Argument<string?> _folder = new("MODEL")
    {
        Description = "Hugging Face folder of a Qwen2-architecture model (config.json, *.safetensors, tokenizer; also GPTQ, AWQ, compressed-tensors), or a .gguf file; without it, the embedded demo model.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly Option<string?> _name = Flags.Text("--model-name", "What clients call the model [default: the folder's name]");
    readonly Option<int?> _threads = Flags.Integer("--threads", "Worker threads [default: the CPUs of this process]", 1, 1024);
    readonly Option<int?> _context = Flags.Integer("--context-length", "Most tokens of one sequence, prompt and answer [default: the model's]", 16, int.MaxValue);
    readonly Option<int?> _batch = Flags.Integer("--max-batch", "Most sequences computed together [default: 16]", 1, 1024);
    readonly Option<string?> _weights = Flags.Weights("--weights", "How the weights are stored: auto, bf16, int8 or int4; a model of floats is rounded as it is loaded [default: auto, as the model has them]");
    readonly Option<string?> _activations = Flags.Activations("--activations", "What weights of integers multiply: int8, rounded in blocks of 32 (W8A8, W4A8), or bf16, as they are (W8A16, W4A16; slower) [default: int8]");
    readonly Option<string?> _cache = Flags.WeightCache("--weight-cache", "Keep the weights as they are packed, in a file about as large as they, which the next start maps: in this folder, or auto: beside the model [default: off]");
    readonly Option<long?> _memory = Flags.Size("--kv-memory", "Memory for keys and values, such as 512MB or 4GB [default: a quarter of the memory, or less where the batch cannot fill it]");
    readonly Option<string?> _cacheFormat = Flags.CacheFormat("--kv-cache-dtype", "How keys and values are stored: auto, bf16, or int8, which holds almost twice the tokens in the same memory and rounds them [default: auto, which is bf16]");
    readonly Option<int?> _speculation = Flags.Speculation("--speculation", "Tokens to guess ahead from text that repeats itself; changes the speed, never the answer: auto, off, or at most N [default: auto]");

    /// <summary>The flags; a mistyped option is no folder.</summary>
    public ModelFlags() => _folder.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: ['-', ..] } token])
            result.AddError($"unknown option '{token.Value}'.");
    });

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_folder);
        foreach (var option in (Option[])[_name, _threads, _context, _batch, _weights, _activations, _cache, _memory, _cacheFormat, _speculation])
            command.Add(option);
    }

    /// <summary>Their values.</summary>
    public ModelOptions Read(ParseResult arguments) => new()
    {
        Folder = arguments.GetValue(_folder),
        Name = arguments.GetValue(_name),
        Threads = arguments.GetValue(_threads),
        ContextLength = arguments.GetValue(_context),
        MaxBatch = arguments.GetValue(_batch) ?? 16,
        Weights = Flags.ParseWeights(arguments.GetValue(_weights)),
        Activations = Flags.ParseActivations(arguments.GetValue(_activations)),
        WeightCache = arguments.GetValue(_cache) ?? WeightCaches.Off,
        CacheFormat = Flags.ParseCacheFormat(arguments.GetValue(_cacheFormat)),
        KvMemory = arguments.GetValue(_memory),
        MaxDraft = arguments.GetValue(_speculation) ?? EngineOptions.DefaultMaxDraft,
    };
}
