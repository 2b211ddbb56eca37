using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Data;

namespace Kdsl.Commands;

/// <summary>Flags of <c>kdsl bench</c>: those of MindIE's benchmark under their names, ours in small letters.</summary>
sealed class ServingFlags
{
    const int Million = 1 << 20;
    const double MostRate = 10_000;
    const string NoEffect = "Taken for the sake of old scripts, without effect: ";

    readonly Option<string?> _testType = Flags.Choice("--TestType", "What is driven: client is MindIE (/v2/models/M/generate_stream), engine a model in this process, openai OpenAI's API [default: client]",
        "client", "engine", "tgi_client", "vllm_client", "triton_client", "openai");
    readonly Option<string?> _taskKind = Flags.Choice("--TaskKind", "Answers token by token, in one piece, or token by token with token ids as prompts [default: stream]", "stream", "text", "stream_token");
    readonly Option<string?> _http = Text("--Http", "Where the server is [default: https://127.0.0.1:1025]");
    readonly Option<string?> _management = Text("--ManagementHttp", "MindIE's management plane; with vllm_client it tells MindIE (/generate) from vLLM (/v1/completions) [default: https://127.0.0.2:1026]");
    readonly Option<string?> _modelName = Text("--ModelName", "What the server calls the model");
    readonly Option<string?> _modelPath = Text("--ModelPath", "Folder with the model's tokenizer (and chat template), or a .gguf file");
    readonly Option<string?> _modelVersion = Text("--ModelVersion", "Version in Triton's routes [default: none]");
    readonly Option<string?> _config = Text("--ConfigPath", "MindIE's config.json of the benchmark: CertConfig names CA_CERT, CERT_FILE and KEY_FILE for https [default: the machine's authorities]");
    readonly Option<string?> _dataset = Text("--DatasetPath", "The data set: a file, or a folder of them");
    readonly Option<string?> _datasetType = Text("--DatasetType", $"{string.Join("; ", DataSetType.All.Select(static type => $"{type.Name}: {type.Format}"))}");
    readonly Option<string?> _synthetic = Text("--SyntheticConfigPath", "Lengths of --DatasetType synthetic: .json with distributions, or .csv [default: MindIE's own, 100 requests]");
    readonly Option<int?> _concurrency = Flags.Integer("--Concurrency", "Most requests under way together; in a closed loop as many are at any time [default: 128]", 1, 60000);
    readonly Option<int?> _maxInput = Flags.Integer("--MaxInputLen", "Longer prompts are cut to this many tokens; 0: never [default: 0]", 0, Million);
    readonly Option<int?> _maxOutput = Flags.Integer("--MaxOutputLen", "Most tokens of an answer [default: 20]", 1, Million);
    readonly Option<int?> _workers = Flags.Integer("--WorkersNum", NoEffect + "one process drives any --Concurrency", 1, int.MaxValue);
    readonly Option<string?> _tokenizer = Flags.Boolean("--Tokenizer", "False sends token ids instead of text, where the route takes them [default: True]");
    readonly Option<string?> _sampling = Flags.Boolean("--DoSampling", "False takes the likeliest token each time [default: False]");
    readonly Option<string?> _accuracy = Flags.Boolean("--TestAccuracy", "Judge the answers (gsm8k, mmlu, ceval), or write them for HumanEval's tests [default: False]");
    readonly Option<string?> _parameters = Text("--SamplingParams", "JSON object that is merged into each request's parameters, such as {\"temperature\":0.6} [default: {}]");
    readonly Option<string?> _rate = Text("--RequestRate", "Open loop: requests a second, or several rates with commas between them, a run each [default: closed loop]");
    readonly Option<string?> _distribution = Flags.Choice("--Distribution", "Of the gaps between arrivals of an open loop: uniform from 0 to 2/rate, or exponential [default: uniform]", "uniform", "poisson");
    readonly Option<int?> _requestNum = Flags.Integer("--RequestNum", "Ask all questions this many times [default: 1]", 1, 1000);
    readonly Option<int?> _requestCount = Flags.Integer("--RequestCount", "Take only the first questions; -1: all [default: -1]", -1, int.MaxValue);
    readonly Option<int?> _warmup = Flags.Integer("--WarmupSize", "Requests before the run, not measured, of at most 20 tokens [default: 10]", 0, 1000);
    readonly Option<string?> _timeout = Text("--RequestTimeOut", "Seconds after which a request has failed, or None [default: 600]");
    readonly Option<string?> _savePath = Text("--SavePath", "Folder for the results: result_perf_*.csv, result_common_*.csv and result_*.json [default: instance]");
    readonly Option<string?> _saveTokens = Text("--SaveTokensPath", "File for the token ids of prompts and answers, as .csv [default: none]");
    readonly Option<string?> _humanEval = Text("--SaveHumanEvalOutputFile", "File for HumanEval's completions [default: humaneval_output.jsonl]");
    readonly Option<string?> _lora = Text("--LoraDataMappingFile", "JSON lines {\"question's id\": \"adapter\"} [default: none]");
    readonly Option<string?> _trust = Flags.Boolean("--TrustRemoteCode", NoEffect + "no code of a model is run");
    readonly Option<string?> _mode = Flags.Choice("--mode", "raw sends the question as it is, as MindIE's benchmark does; chat as a user's message in the model's chat template [default: chat with --TestType openai, else raw]", "raw", "chat");
    readonly Option<string?> _answers = Flags.Choice("--answers", "How --TestAccuracy reads them: plain by MindIE's rule alone; reasoning without the thought and \\boxed{} first; auto sees from the template and the answer [default: auto]", "auto", "plain", "reasoning");
    readonly Option<string?> _json = Flags.File("--json", "Where all results go, request by request [default: in --SavePath]");
    readonly Option<int?> _seed = Flags.Integer("--seed", "Fixes drawn lengths and arrival times [default: 0]", 0, int.MaxValue);
    readonly Option<bool> _explain = Flags.Switch("--explain", "Print what each metric is, with its formula, and leave");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[
            _testType, _taskKind, _http, _management, _modelName, _modelPath, _modelVersion, _config, _dataset, _datasetType, _synthetic, _concurrency, _maxInput, _maxOutput, _workers,
            _tokenizer, _sampling, _accuracy, _parameters, _rate, _distribution, _requestNum, _requestCount, _warmup, _timeout, _savePath, _saveTokens, _humanEval, _lora, _trust,
            _mode, _answers, _json, _seed, _explain])
        {
            command.Add(option);
        }
    }

    /// <summary>Only the formulas are asked for.</summary>
    public bool Explains(ParseResult arguments) => arguments.GetValue(_explain);

    /// <summary>Their values.</summary>
    /// <exception cref="UsageException">One is missing or out of range.</exception>
    public ServingOptions Read(ParseResult arguments) => new()
    {
        TestType = arguments.GetValue(_testType) switch
        {
            "engine" => TestType.Engine,
            "tgi_client" => TestType.Tgi,
            "vllm_client" => TestType.Vllm,
            "triton_client" => TestType.Triton,
            "openai" => TestType.OpenAi,
            _ => TestType.Client,
        },
        TaskKind = arguments.GetValue(_taskKind) switch { "text" => TaskKind.Text, "stream_token" => TaskKind.StreamToken, _ => TaskKind.Stream },
        DatasetType = Required(arguments, _datasetType, "the data set's format, such as gsm8k (kdsl bench --help lists all; kdsl bench kernels measures this machine)"),
        ModelName = Required(arguments, _modelName, "what the server calls the model"),
        ModelPath = Required(arguments, _modelPath, "the folder with its tokenizer, which counts tokens"),
        Http = Url(_http.Name, arguments.GetValue(_http) ?? "https://127.0.0.1:1025"),
        ManagementHttp = Url(_management.Name, arguments.GetValue(_management) ?? "https://127.0.0.2:1026"),
        ModelVersion = arguments.GetValue(_modelVersion) ?? "",
        ConfigPath = arguments.GetValue(_config),
        DatasetPath = arguments.GetValue(_dataset),
        SyntheticConfigPath = arguments.GetValue(_synthetic),
        LoraDataMappingFile = arguments.GetValue(_lora) is { Length: > 0 } lora ? lora : null,
        Concurrency = arguments.GetValue(_concurrency) ?? 128,
        MaxInputLen = arguments.GetValue(_maxInput) ?? 0,
        MaxOutputLen = arguments.GetValue(_maxOutput) ?? 20,
        Tokenizer = Flags.ParseBoolean(arguments.GetValue(_tokenizer)) ?? true,
        Sampling = new SamplingFields(Flags.ParseBoolean(arguments.GetValue(_sampling)) ?? false, Object(_parameters.Name, arguments.GetValue(_parameters) ?? "{}")),
        TestAccuracy = Flags.ParseBoolean(arguments.GetValue(_accuracy)) ?? false,
        RequestRate = Rates(arguments.GetValue(_rate) ?? ""),
        Poisson = arguments.GetValue(_distribution) == "poisson",
        RequestNum = arguments.GetValue(_requestNum) ?? 1,
        RequestCount = arguments.GetValue(_requestCount) is 0 ? throw new UsageException("--RequestCount is '0'; expected a whole number, 1 or more, or -1 for all.") : arguments.GetValue(_requestCount) ?? -1,
        WarmupSize = arguments.GetValue(_warmup) ?? 10,
        RequestTimeOut = TimeOut(arguments.GetValue(_timeout) ?? "600"),
        SavePath = arguments.GetValue(_savePath) is { Length: > 0 } folder ? folder : "instance",
        SaveTokensPath = arguments.GetValue(_saveTokens) is { Length: > 0 } tokens ? tokens : null,
        SaveHumanEvalOutputFile = arguments.GetValue(_humanEval) ?? "humaneval_output.jsonl",
        Chat = arguments.GetValue(_mode) switch { "chat" => true, "raw" => false, _ => null },
        Reasoning = arguments.GetValue(_answers) switch { "reasoning" => true, "plain" => false, _ => null },
        JsonFile = arguments.GetValue(_json),
        Seed = arguments.GetValue(_seed) ?? 0,
    };

    /// <summary>A text of at most 1024 characters, as MindIE limits them.</summary>
    static Option<string?> Text(string name, string description)
    {
        const int Longest = 1024;
        var option = Flags.Text(name, description);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: > Longest and var length }])
                result.AddError($"{name} has {length} characters; at most {Longest} are allowed.");
        });
        return option;
    }

    static string Required(ParseResult arguments, Option<string?> option, string what) =>
        arguments.GetValue(option) is { Length: > 0 } value ? value : throw new UsageException($"{option.Name} is missing; give {what}.");

    static Uri Url(string name, string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
        : throw new UsageException($"{name} is '{text}'; expected a URL such as http://127.0.0.1:1025.");

    static JsonElement Object(string name, string text)
    {
        try
        {
            if (JsonElement.Parse(text) is { ValueKind: JsonValueKind.Object } value)
                return value;
        }
        catch (JsonException)
        {
            // Refused below.
        }

        throw new UsageException($"{name} is '{text}'; expected a JSON object such as {{\"temperature\": 0.6, \"top_p\": 0.95}}.");
    }

    static IReadOnlyList<double> Rates(string text) => text.Length == 0 ? [] :
        [.. text.Split(',').Select(part => double.TryParse(part.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is > 0 and <= MostRate ? rate
            : throw new UsageException($"--RequestRate is '{text}'; expected rates above 0 and up to {MostRate} requests a second, with commas between them."))];

    static TimeSpan? TimeOut(string text) => text == "None" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException($"--RequestTimeOut is '{text}'; expected a whole number of seconds, 1 or more, or None.");
}
