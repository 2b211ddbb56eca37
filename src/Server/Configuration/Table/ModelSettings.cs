using Kdsl.Configuration.Types;
using Kdsl.Serving;

namespace Kdsl.Configuration.Table;

/// <summary>The model, the memory that it takes and what its requests may be.</summary>
static class ModelSettings
{
    const int MostTokens = 4_194_304;

    static readonly SettingList _all = [];

    public static readonly Setting<string?> ModelName = _all.Row(new Setting<string?>("model-name", Section.Model, new AnyText(256))
    {
        Meaning = "What clients call the model", Unset = "the folder's name", Why = "MindIE's limit", MindIe = MindIePaths.Model + "modelName",
        Use = Use.As("the name of the model in requests and answers"),
    });

    public static readonly Setting<int?> Threads = _all.Row(new Setting<int?>("threads", Section.Model, new WholeNumber(1, 1024))
    {
        Meaning = "Worker threads", Unset = "the CPUs of this process", Why = "no machine has more cores", Use = Use.As("the back end's threads"),
    });

    public static readonly Setting<int?> ContextLength = _all.Row(new Setting<int?>("context-length", Section.Model, new WholeNumber(16, int.MaxValue))
    {
        Meaning = "Most tokens of one sequence, prompt and answer", Unset = "the model's", Why = "a shorter sequence holds no conversation",
        Aliases = ["--max-seq-len"], MindIe = MindIePaths.Deploy + "maxSeqLen", Yaml = "model.model_config.seq_length",
        Use = Use.As("longer requests are refused; the model's own limit still holds"),
    });

    public static readonly Setting<int?> MaxInputTokens = _all.Row(new Setting<int?>("max-input-token-len", Section.Model, new WholeNumber(1, MostTokens))
    {
        Meaning = "Most tokens of a prompt", Unset = "one less than the context length", Why = "MindIE's limit", MindIe = MindIePaths.Deploy + "maxInputTokenLen",
        Use = Use.As("a longer prompt is refused, or cut as --truncation says"),
    });

    public static readonly Setting<string> Truncation = _all.Row(new Setting<string>("truncation", Section.Model, new Choice("false", "true", "none", "left", "right", "0", "1", "-1"), "false")
    {
        Meaning = "What is done with a prompt that is too long: false, none or 0 refuses it; true, left or 1 keeps its end; right or -1 its beginning", MindIe = MindIePaths.Deploy + "truncation",
        Use = Use.As("a header tells how many tokens were kept; --strict-requests refuses such a prompt all the same"),
    });

    public static readonly Setting<string> Weights = _all.Row(new Setting<string>("weights", Section.Model, new Choice("auto", "bf16", "int8", "int4"), "auto")
    {
        Meaning = "How the weights are stored; a model of floats is rounded as it is loaded; auto: as the model has them", Use = Use.As("the format of matrices in memory"),
    });

    public static readonly Setting<string> Activations = _all.Row(new Setting<string>("activations", Section.Model, new Choice("int8", "bf16"), "int8")
    {
        Meaning = "What weights of integers multiply: int8, rounded in blocks of 32 (W8A8, W4A8), or bf16, as they are (W8A16, W4A16; slower)", Use = Use.As("the dots of quantised matrices"),
    });

    public static readonly Setting<string> WeightCache = _all.Row(new Setting<string>("weight-cache", Section.Model, new AnyText(), WeightCaches.Off)
    {
        Meaning = "Keep the weights as they are packed, in a file about as large as they, which the next start maps: in this folder, or auto: beside the model; or off", Use = Use.As("the file of packed weights"),
    });

    public static readonly Setting<long?> KvMemory = _all.Row(new Setting<long?>("kv-memory", Section.Model, new Size())
    {
        Meaning = "Memory for keys and values, such as 512MB or 4GB", Unset = "a quarter of the memory, or less where the batch cannot fill it", Use = Use.As("the pages of keys and values"),
    });

    public static readonly Setting<string> CacheFormat = _all.Row(new Setting<string>("kv-cache-dtype", Section.Model, new Choice("auto", "bf16", "int8"), "auto")
    {
        Meaning = "How keys and values are stored: auto, which is bf16, bf16, or int8, which holds almost twice the tokens in the same memory and rounds them", Use = Use.As("the format of pages"),
    });

    public static readonly Setting<int> CacheBlockSize = _all.Row(new Setting<int>("cache-block-size", Section.Model, new PowerOfTwo(16, 512), "64")
    {
        Meaning = "Tokens of one page of keys and values", Why = "attention is summed in spans of 512 positions, which pages must divide", MindIe = MindIePaths.Schedule + "cacheBlockSize",
        Use = Use.As("the size of a page"),
    });

    public static readonly Setting<int> Speculation = _all.Row(new Setting<int>("speculation", Section.Model, new SpeculationDepth(), "auto")
    {
        Meaning = "Tokens to guess ahead from text that repeats itself; changes the speed, never the answer: auto, off, or at most N", Why = "longer guesses are never right to their end",
        Use = Use.As("the most tokens guessed in a step"),
    });

    public static readonly Setting<string> BackendType = _all.Row(new Setting<string>("backend-type", Section.Model, new AnyText(64), "cpu")
    {
        Meaning = "MindIE's engine: atb, ms or torch", MindIe = MindIePaths.Model + "backendType", OtherVariables = ["MINDIE_LLM_FRAMEWORK_BACKEND"],
        Use = Use.None("there is one engine, on the CPU"),
    });

    public static readonly Setting<string> BackendName = _all.Row(new Setting<string>("backend-name", Section.Model, new AnyText(64), "kdsl")
    {
        Meaning = "MindIE's engine by its name", MindIe = MindIePaths.Backend + "backendName", Use = Use.None("there is one engine, on the CPU"),
    });

    public static readonly Setting<string> InstanceType = _all.Row(new Setting<string>("model-instance-type", Section.Model, new Choice("Standard", "StandardMock"), "Standard")
    {
        Meaning = "Standard, or StandardMock: MindIE's engine without a device", MindIe = MindIePaths.Model + "modelInstanceType", Use = Use.None("the model is always computed"),
    });

    public static readonly Setting<bool> TrustRemoteCode = _all.Row(new Setting<bool>("trust-remote-code", Section.Model, new YesNo(), "false")
    {
        Meaning = "Whether Python of the model's folder may run", MindIe = MindIePaths.Model + "trustRemoteCode", Use = Use.None("nothing of a model's folder is ever run"),
    });

    public static readonly Setting<string?> Plugins = _all.Row(new Setting<string?>("plugin-params", Section.Model, new FilePath())
    {
        Meaning = "MindIE 2's plug-ins, a JSON text", MindIe = MindIePaths.Model + "plugin_params", Use = Use.None("chunked prefill and speculation are always there"),
    });

    public static readonly Setting<int> TokenizerProcesses = _all.Row(new Setting<int>("tokenizer-processes", Section.Model, new WholeNumber(1, 32), "8")
    {
        Meaning = "MindIE's processes for the tokenizer", Why = "MindIE's limit", MindIe = MindIePaths.Backend + "tokenizerProcessNumber",
        Use = Use.None("the tokenizer runs on the threads of the requests, and needs no process"),
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}
