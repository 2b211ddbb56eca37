using System.Text.Json;
using Kdsl.Bench.Serving.Clients;

namespace Kdsl.Bench.Serving;

/// <summary>What is driven: the values of --TestType.</summary>
enum TestType
{
    /// <summary>MindIE.</summary>
    Client,

    /// <summary>A model in this process.</summary>
    Engine,

    /// <summary>Text Generation Inference.</summary>
    Tgi,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>Triton.</summary>
    Triton,

    /// <summary>OpenAI's API.</summary>
    OpenAi,
}

/// <summary>How it is asked: the values of --TaskKind.</summary>
enum TaskKind
{
    /// <summary>Answers token by token.</summary>
    Stream,

    /// <summary>Answers in one piece.</summary>
    Text,

    /// <summary>Token ids in, answers token by token.</summary>
    StreamToken,
}

/// <summary>What a run is asked to do; the names are those of MindIE's flags.</summary>
sealed record ServingOptions
{
    public TestType TestType { get; init; }

    public TaskKind TaskKind { get; init; }

    public required Uri Http { get; init; }

    public required Uri ManagementHttp { get; init; }

    public required string ModelName { get; init; }

    public required string ModelPath { get; init; }

    public string ModelVersion { get; init; } = "";

    public string? ConfigPath { get; init; }

    public required string DatasetType { get; init; }

    public string? DatasetPath { get; init; }

    public string? SyntheticConfigPath { get; init; }

    public string? LoraDataMappingFile { get; init; }

    public int Concurrency { get; init; } = 128;

    public int MaxInputLen { get; init; }

    public int MaxOutputLen { get; init; } = 20;

    /// <summary>False: prompts go as token ids.</summary>
    public bool Tokenizer { get; init; } = true;

    public SamplingFields Sampling { get; init; } = new(false, JsonElement.Parse("{}"));

    public bool TestAccuracy { get; init; }

    /// <summary>Rates of open loops, a run each; empty: one closed loop.</summary>
    public IReadOnlyList<double> RequestRate { get; init; } = [];

    public bool Poisson { get; init; }

    public int RequestNum { get; init; } = 1;

    public int RequestCount { get; init; } = -1;

    public int WarmupSize { get; init; } = 10;

    /// <summary>Null: none.</summary>
    public TimeSpan? RequestTimeOut { get; init; } = TimeSpan.FromSeconds(600);

    public string SavePath { get; init; } = "instance";

    public string? SaveTokensPath { get; init; }

    public string SaveHumanEvalOutputFile { get; init; } = "humaneval_output.jsonl";

    /// <summary>Ours: questions go as a user's message, with the chat template; null: where the route is a chat's.</summary>
    public bool? Chat { get; init; }

    /// <summary>Ours: answers hold a thought; null: see from the template and the answers.</summary>
    public bool? Reasoning { get; init; }

    /// <summary>Ours: file for all results; null: beside the CSV files.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Ours: fixes drawn lengths and arrivals.</summary>
    public int Seed { get; init; }

    /// <summary>Prompts must go as token ids.</summary>
    public bool WantsTokens => !Tokenizer || DatasetType == "tokenid";

    /// <summary>Whether questions go with the chat template.</summary>
    public bool UsesChat => Chat ?? (TestType == TestType.OpenAi && !WantsTokens);

    /// <summary>The server applies the template.</summary>
    public bool ServerAppliesTemplate => UsesChat && TestType == TestType.OpenAi;
}
