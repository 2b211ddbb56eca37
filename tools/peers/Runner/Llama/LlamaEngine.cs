using System.Runtime.InteropServices;

namespace KernelDsl.Tools.Peers.Runner.Llama;

/// <summary>
/// llama.cpp on a GGUF file, configured and driven as its own llama-bench and llama-batched-bench do: their defaults, a thread
/// pool of its own, flash attention where it can, a synchronisation after every step. Sampling is not part of a step.
/// </summary>
sealed unsafe class LlamaEngine : IEngine
{
    // What llama-bench calls batch-size and its defaults: the most tokens of a call.
    private const int BatchTokens = 2048, CpuDevice = 0;

    private readonly BatchBuffer _batch = new(BatchTokens);
    private readonly int _threads, _positions;
    private readonly nint _model, _pool;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _freePool;
    private nint _context;

    /// <summary>Loads the model for sequences of so many positions.</summary>
    /// <param name="libraries">The folder of libllama and ggml's back ends; the best one for this processor is chosen, as every llama.cpp program does.</param>
    public LlamaEngine(string file, string libraries, int threads, int positions)
    {
        (_threads, _positions) = (threads, positions);
        string library = Path.Combine(libraries, $"libllama.v{Native.Release}.so");
        if (!File.Exists(library))
            throw new FileNotFoundException($"{library} is not there: run 'npm install' in tools/peers (llama.cpp {Native.Release} on Linux x64), or name its folder with --libraries");
        if (!File.Exists(file))
            throw new FileNotFoundException($"{file}: no such file; tools/peers/ToGguf makes one of a model folder");

        Native.Bind(libraries);
        string version = Marshal.PtrToStringUTF8((nint)Native.Version())!;
        if (version.Split('-')[0] != Native.Release)
            throw new InvalidOperationException($"{library} is llama.cpp {version}; this program knows the structures of {Native.Release}");

        Native.SetLog(&Native.Log, 0);
        Native.LoadBackends(libraries);
        Native.Initialise();
        Version = $"{version}, {LoadedBackend()}";

        _model = Native.LoadModel(file, Native.DefaultModelParameters());
        if (_model == 0)
            throw new InvalidOperationException($"{file}: llama.cpp could not load it");
        VocabularySize = Native.TokensOf(Native.VocabularyOf(_model));
        (_pool, nint free) = NewPool();
        _freePool = (delegate* unmanaged[Cdecl]<nint, void>)free;
        NewContext(1);
    }

    /// <inheritdoc/>
    public string Version { get; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public void Prepare(int sequences, int context)
    {
        NewContext(sequences);
        if (context == 0)
            return;

        // As llama-batched-bench does with a shared prompt: computed once, copied into every sequence; a token more makes the copies happen.
        Compute(new int[context]);
        nint memory = Native.MemoryOf(_context);
        for (int i = 1; i < sequences; i++)
            Native.CopySequence(memory, 0, i, -1, -1);
        _batch.Clear();
        _batch.Add(0, context, 0, true);
        Run();
        _ = Native.RemoveFromSequence(memory, 0, context, -1);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Prefill(ReadOnlySpan<int> prompt)
    {
        Native.Clear(Native.MemoryOf(_context), 0);
        Compute(prompt);
        return new(Native.Logits(_context, -1), VocabularySize);
    }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<int> tokens, int position)
    {
        _batch.Clear();
        for (int i = 0; i < tokens.Length; i++)
            _batch.Add(tokens[i], position, i, true);
        Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Native.FreeContext(_context);
        Native.FreeModel(_model);
        _freePool(_pool);
        _batch.Dispose();
    }

    private void Compute(ReadOnlySpan<int> prompt)
    {
        for (int done = 0; done < prompt.Length; done += BatchTokens)
        {
            _batch.Clear();
            int end = Math.Min(prompt.Length, done + BatchTokens);
            for (int i = done; i < end; i++)
                _batch.Add(prompt[i], i, 0, i == prompt.Length - 1);
            Run();
        }
    }

    private void Run()
    {
        if (Native.Decode(_context, _batch.Batch) is not 0 and var code)
            throw new InvalidOperationException($"llama_decode of {_batch.Batch.Count} tokens answered {code}");
        Native.Synchronise(_context);
    }

    private void NewContext(int sequences)
    {
        if (_context != 0)
            Native.FreeContext(_context);

        var parameters = Native.DefaultContextParameters();
        // A wrong layout would show here: these are the documented defaults.
        if (parameters is not { Context: 512, Batch: 2048, MicroBatch: 512, MaxSequences: 1, FlashAttention: -1, KeyType: 1, ValueType: 1, OffloadAttention: 1, UnifiedCache: 0 })
            throw new InvalidOperationException($"llama_context_default_params is not as in {Native.Release}: are these the official libraries?");
        parameters.Context = (uint)(sequences * _positions);
        parameters.MaxSequences = (uint)sequences;
        (parameters.Threads, parameters.BatchThreads) = (_threads, _threads);
        _context = Native.NewContext(_model, parameters);
        if (_context == 0)
            throw new InvalidOperationException($"llama.cpp could not make a context of {sequences} sequences of {_positions} positions");
        Native.AttachThreadPool(_context, _pool, 0);
    }

    // The functions are the back end's, whichever was loaded.
    private (nint Pool, nint Free) NewPool()
    {
        const int ParameterBytes = 1024; // ggml_threadpool_params is 532 bytes
        nint backend = Native.BackendOf(Native.DeviceOfType(CpuDevice));
        var create = (delegate* unmanaged[Cdecl]<byte*, nint>)Native.FunctionOf(backend, "ggml_threadpool_new");
        byte* parameters = stackalloc byte[ParameterBytes];
        Native.InitialiseThreadPool(parameters, _threads);
        return (create(parameters), Native.FunctionOf(backend, "ggml_threadpool_free"));
    }

    private static string LoadedBackend() => File.ReadLines("/proc/self/maps").Select(static l => Path.GetFileNameWithoutExtension(l.Split(' ')[^1]))
        .FirstOrDefault(static n => n.StartsWith("libggml-cpu-", StringComparison.Ordinal), "no CPU back end").Replace("lib", "", StringComparison.Ordinal);
}
