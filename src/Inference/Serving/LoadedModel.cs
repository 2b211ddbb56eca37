using System.Diagnostics;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar.Tokens;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Values;

namespace Kdsl.Serving;

/// <summary>A checkpoint with its tokenizer, chat template and engine, on the CPU.</summary>
sealed class LoadedModel : ITextModel, IAsyncDisposable
{
    const string EmbeddedPrefix = "models/demo/", EmbeddedName = "kdsl-demo";

    readonly CpuBackend _backend;
    readonly Tokenizer _tokenizer;
    readonly ChatTemplate? _template;

    LoadedModel(string name, CpuBackend backend, Tokenizer tokenizer, ChatTemplate? template, Qwen2Model model, SamplingOptions sampling, ModelOptions options)
    {
        (Name, _backend, _tokenizer, _template, Sampling) = (name, backend, tokenizer, template, sampling);
        StopTokens = model.Config.StopTokens;
        Constraints = new ConstraintCache(() => TokensOf(tokenizer));
        Engine = new Engine(model, options.MaxDraft, clock: null, options.Scheduling);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IEngine Engine { get; }

    /// <inheritdoc/>
    public SamplingOptions Sampling { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopTokens { get; }

    /// <inheritdoc/>
    public bool Thinks => _template?.Thinks ?? false;

    /// <inheritdoc/>
    public ConstraintCache Constraints { get; }

    /// <summary>Opens a folder, a GGUF file, or the embedded model.</summary>
    /// <exception cref="ModelException">A file is missing, malformed, or asks for what is not supported.</exception>
    /// <exception cref="TokenizerException">The same of the tokenizer's files.</exception>
    public static LoadedModel Open(ModelOptions options)
    {
        var files = FilesOf(options);
        string name = options.Name ?? (options.Folder is null ? EmbeddedName : NameOf(files, options.Folder));

        // Small files first: their faults should not wait for gigabytes of weights.
        using var checkpoint = ModelCheckpoint.Open(files);
        var sampling = checkpoint.Metadata is { } keys ? GenerationConfig.Read(keys) : GenerationConfig.Read(files);
        var (tokenizer, template) = checkpoint.Metadata is { } metadata
            ? (GgufTokenizer.Load(metadata), GgufTokenizer.LoadTemplate(metadata))
            : (Tokenizer.Load(files), ChatTemplate.Load(files));
        if (options.CheckTokenizer && TokenizerCheck.Faults(files, tokenizer, checkpoint.Config.VocabularySize, options.TemplateText) is { Count: > 0 } faults)
            throw new TokenizerException(files.PathOf(files.Gguf ?? "tokenizer.json"), "tokens", string.Join("; ", faults));
        var backend = new CpuBackend(options.Threads);
        try
        {
            var model = LoadWeights(files, checkpoint, backend, tokenizer, options);
            // Parsing a large vocabulary leaves more garbage than all of serving will; the heap would keep its pages.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return new LoadedModel(name, backend, tokenizer, template, model, options.Sampling?.Invoke(sampling) ?? sampling, options);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>The files of a model: a folder's, a GGUF file, or those of the embedded model.</summary>
    /// <exception cref="ModelException">There is neither.</exception>
    public static ModelFiles FilesOf(ModelOptions options) =>
        options.Folder is { } folder ? ModelFiles.Open(folder) : new EmbeddedFiles(typeof(LoadedModel).Assembly, EmbeddedPrefix);

    /// <inheritdoc/>
    public int[] Encode(string text) => [.. _tokenizer.Encode(text)];

    /// <inheritdoc/>
    public string Render(ChatPrompt chat)
    {
        if (_template is null)
            throw new PromptException("This model has no chat template; use the completions route, or generate --raw.");
        try
        {
            string text = _template.Render([.. chat.Messages.Select(ToValue)], chat.Tools?.Select(tool => Value.From(tool)).ToArray(),
                addGenerationPrompt: chat.OpensAnswer && !chat.ContinuesLast,
                extra: chat.Variables?.Select(variable => KeyValuePair.Create(variable.Key, Value.From(variable.Value))));
            return chat.ContinuesLast ? Continuation.Cut(text, chat.Messages[^1].Content) : text;
        }
        catch (TemplateException e)
        {
            throw new PromptException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ITextDecoder NewDecoder() => new Decoder(_tokenizer);

    /// <inheritdoc/>
    public byte[] Bytes(int token) => _tokenizer.TokenBytes(token).ToArray();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _backend.Dispose();
    }

    static string NameOf(ModelFiles files, string path) =>
        files.Gguf is { } file ? Path.GetFileNameWithoutExtension(file) : new DirectoryInfo(path).Name;

    static Qwen2Model LoadWeights(ModelFiles files, ModelCheckpoint checkpoint, CpuBackend backend, Tokenizer tokenizer, ModelOptions options)
    {
        var config = checkpoint.Config;
        if (options.ContextLength > config.ContextLength)
            throw new UsageException($"{options.ContextLengthSource} is {options.ContextLength}; this model allows up to {config.ContextLength}.");
        if (tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new ModelException(files.PathOf(files.Gguf ?? Qwen2Config.FileName),
                $"vocab_size is {config.VocabularySize}, but the tokenizer has ids up to {tokenizer.VocabularySize - 1}; are the files of one model?");
        }

        try
        {
            long start = Stopwatch.GetTimestamp();
            var model = Qwen2Model.Load(checkpoint, backend, options.ForEngine().ForModel(tokenizer.VocabularySize));
            WeightCaches.Advise(options, start);
            return model;
        }
        catch (ArgumentException e) when (options.KvMemory is { } bytes)
        {
            throw new UsageException($"{options.KvMemorySource} is {bytes:N0} bytes: {e.Message}", e);
        }
    }

    /// <summary>What a grammar may be spelt with: marks without text, such as the start of a turn, are no part of an answer.</summary>
    static TokenTrie TokensOf(Tokenizer tokenizer) => new([.. Enumerable.Range(0, tokenizer.VocabularySize)
        .Select(id => tokenizer.IsVisible(id, skipSpecial: true) ? tokenizer.TokenBytes(id).ToArray() : [])]);

    static DictValue ToValue(ChatMessage message)
    {
        var value = new DictValue { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCalls is { } calls)
            value["tool_calls"] = Value.From(calls);
        if (message.ToolCallId is { } id)
            value["tool_call_id"] = id;
        if (message.Name is { } name)
            value["name"] = name;
        return value;
    }

    sealed class Decoder(Tokenizer tokenizer) : ITextDecoder
    {
        readonly TokenStream _stream = new(tokenizer);

        public string Append(int token) => _stream.Append(token);

        public string Flush() => _stream.Flush();
    }
}
