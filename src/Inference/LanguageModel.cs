using Kdsl.Serving;
using KernelDsl.Runtime.Engine;
using Microsoft.Extensions.AI;

namespace Kdsl;

/// <summary>
/// A language model in this process: weights, tokenizer, chat template and engine. For programs that embed one; any number of conversations may run at
/// once and share its steps.
/// </summary>
public sealed class LanguageModel : IAsyncDisposable
{
    readonly LoadedModel _model;

    LanguageModel(LoadedModel model) => _model = model;

    /// <summary>What it is called.</summary>
    public string Name => _model.Name;

    /// <summary>Token ids in, token ids out.</summary>
    public IEngine Engine => _model.Engine;

    /// <summary>Opens a Hugging Face folder of the Qwen2 architecture or a GGUF file.</summary>
    /// <param name="path">Null: the demonstration model inside the library.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="KernelDsl.Runtime.Model.ModelException">A file is missing, malformed, or asks for what is not supported.</exception>
    /// <exception cref="KernelDsl.Runtime.Text.TokenizerException">The same of the tokenizer's files.</exception>
    public static LanguageModel Open(string? path = null, EngineOptions? options = null)
    {
        options ??= new();
        return new(LoadedModel.Open(new ModelOptions
        {
            Folder = path,
            MaxBatch = options.MaxBatch,
            ContextLength = options.ContextLength,
            Weights = options.Weights,
            Activations = options.Activations,
            CacheFormat = options.CacheFormat,
            KvMemory = options.KvBytes,
            MaxDraft = options.MaxDraft,
            Scheduling = options.Scheduling,
        }));
    }

    /// <summary>The model as Microsoft.Extensions.AI knows chat; it does not own the model.</summary>
    public IChatClient AsChatClient() => new EngineChatClient(_model);

    /// <summary>Ends what runs and frees the memory.</summary>
    public ValueTask DisposeAsync() => _model.DisposeAsync();
}
