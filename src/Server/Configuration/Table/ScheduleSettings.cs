using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>What runs together, and in which order.</summary>
static class ScheduleSettings
{
    /// <summary>The word for MindIE's policy.</summary>
    public const string MindIePolicy = "mindie";

    const string MindIe = "MindIE's limits";

    static readonly Use _mindIeOnly = Use.As("with --policy mindie");

    static readonly Use _byDeadlines = Use.As("with --policy mindie and --stage-select-policy 2");

    static readonly SettingList _all = [];

    public static readonly Setting<int> MaxBatch = _all.Row(new Setting<int>("max-batch", Section.Schedule, new WholeNumber(1, 1024), "16")
    {
        Meaning = "Most sequences computed together", Why = "a step of the engine has at most 1024 sequences", Aliases = ["--max-batch-size"], MindIe = MindIePaths.Schedule + "maxBatchSize",
        Use = Use.As("the most sequences of one step"),
    });

    public static readonly Setting<string> Policy = _all.Row(new Setting<string>("policy", Section.Schedule, new Choice("kdsl", MindIePolicy), "kdsl")
    {
        Meaning = "Who decides what a step computes: kdsl, by what steps were measured to cost, or mindie, by its rules", Use = Use.As("the scheduler's policy"),
    });

    public static readonly Setting<int?> MaxGap = _all.Row(new Setting<int?>("max-gap-ms", Section.Schedule, new WholeNumber(1, 60_000))
    {
        Meaning = "Milliseconds that a step with parts of prompts should take while answers are written", Unset = "two steps that only write", Why = "a minute is no answer any more",
        Use = Use.As("with --policy kdsl: prompts are cut to it by measured times"),
    });

    public static readonly Setting<bool> PrefixCache = _all.Row(new Setting<bool>("prefix-cache", Section.Schedule, new YesNo(), "true")
    {
        Meaning = "Whether the keys and values of prompts are kept for prompts that begin alike", Use = Use.As("changes the time to the first token, never the answer"),
    });

    public static readonly Setting<string> TemplateType = _all.Row(new Setting<string>("template-type", Section.Schedule, new Choice("Standard", "Mix"), "Standard")
    {
        Meaning = "MindIE: prompts alone (Standard), or in chunks beside answers (Mix)", MindIe = MindIePaths.Schedule + "templateType",
        Use = Use.None("prompts are always computed in chunks beside answers"),
    });

    public static readonly Setting<string> TemplateName = _all.Row(new Setting<string>("template-name", Section.Schedule, new AnyText(64), "Standard_LLM")
    {
        Meaning = "MindIE: the kind of model", MindIe = MindIePaths.Schedule + "templateName", Use = Use.None("it has one value"),
    });

    public static readonly Setting<int?> MaxPrefillBatch = _all.Row(new Setting<int?>("max-prefill-batch-size", Section.Schedule, new WholeNumber(0, 819_200))
    {
        Meaning = "Most prompts of one step; 0: as many as --max-batch", Unset = "as many as --max-batch", Why = MindIe, MindIe = MindIePaths.Schedule + "maxPrefillBatchSize", Use = _mindIeOnly,
    });

    public static readonly Setting<int?> MaxPrefillTokens = _all.Row(new Setting<int?>("max-prefill-tokens", Section.Schedule, new WholeNumber(1, 4_194_304))
    {
        Meaning = "Most tokens of prompts of one step", Unset = "8192", Why = MindIe, MindIe = MindIePaths.Schedule + "maxPrefillTokens",
        Use = Use.As("with --policy mindie; more than a step of the model holds (512, or --max-batch where that is more) are taken in several that follow each other"),
    });

    public static readonly Setting<int?> MaxIterTimes = _all.Row(new Setting<int?>("max-iter-times", Section.Schedule, new WholeNumber(1, int.MaxValue))
    {
        Meaning = "Most tokens of an answer, and how many where a request does not say", Unset = "up to the context length", Why = "an answer has a token",
        MindIe = MindIePaths.Schedule + "maxIterTimes", Use = Use.As("an answer ends there, and a header tells a request that asked for more"),
    });

    public static readonly Setting<int> MaxPreempt = _all.Row(new Setting<int>("max-preempt-count", Section.Schedule, new WholeNumber(0, 819_200), "0")
    {
        Meaning = "MindIE: most sequences that are moved out of the device's memory; 0: none", Why = MindIe, MindIe = MindIePaths.Schedule + "maxPreemptCount",
        Use = Use.As("their keys and values are copied out and back; the others are computed again, as far as their pages are not known any more"),
    });

    public static readonly Setting<bool> SelectBatch = _all.Row(new Setting<bool>("support-select-batch", Section.Schedule, new YesNo(), "false")
    {
        Meaning = "MindIE: weigh waiting prompts against stalled answers by the two times below", MindIe = MindIePaths.Schedule + "supportSelectBatch", Use = _mindIeOnly,
    });

    public static readonly Setting<int> PrefillTime = _all.Row(new Setting<int>("prefill-time-ms-per-req", Section.Schedule, new WholeNumber(0, 1000), "150")
    {
        Meaning = "MindIE: what a prompt is taken to cost, in milliseconds", Why = MindIe, MindIe = MindIePaths.Schedule + "prefillTimeMsPerReq", Use = _mindIeOnly,
    });

    public static readonly Setting<int> DecodeTime = _all.Row(new Setting<int>("decode-time-ms-per-req", Section.Schedule, new WholeNumber(0, 1000), "50")
    {
        Meaning = "MindIE: what a token is taken to cost, in milliseconds", Why = MindIe, MindIe = MindIePaths.Schedule + "decodeTimeMsPerReq", Use = _mindIeOnly,
    });

    public static readonly Setting<int> PrefillPolicy = _all.Row(new Setting<int>("prefill-policy-type", Section.Schedule, new WholeNumber(0, 0), "0")
    {
        Meaning = "MindIE: the order of prompts", Why = "0, first come first served, is MindIE's only one", MindIe = MindIePaths.Schedule + "prefillPolicyType",
        Use = Use.None("first come, first served"),
    });

    public static readonly Setting<int> DecodePolicy = _all.Row(new Setting<int>("decode-policy-type", Section.Schedule, new WholeNumber(0, 0), "0")
    {
        Meaning = "MindIE: the order of answers", Why = "0, first come first served, is MindIE's only one", MindIe = MindIePaths.Schedule + "decodePolicyType",
        Use = Use.None("all of them get a token in a step"),
    });

    public static readonly Setting<int> MaxQueueDelay = _all.Row(new Setting<int>("max-queue-delay-microseconds", Section.Schedule, new WholeNumber(500, 1_000_000), "5000")
    {
        Meaning = "MindIE: how long a prompt waits for others to share its step", Why = MindIe, MindIe = MindIePaths.Schedule + "maxQueueDelayMicroseconds",
        Use = _mindIeOnly,
    });

    public static readonly Setting<int> MaxFirstTokenWait = _all.Row(new Setting<int>("max-first-token-wait-time", Section.Schedule, new WholeNumber(0, 3_600_000), "2500")
    {
        Meaning = "MindIE 2: milliseconds after which a waiting request may displace others", Why = MindIe, MindIe = MindIePaths.Schedule + "maxFirstTokenWaitTime", Use = Use.None("nobody is displaced for a newcomer: who has begun goes on"),
    });

    public static readonly Setting<int> StageSelectPolicy = _all.Row(new Setting<int>("stage-select-policy", Section.Schedule, new WholeNumber(0, 2), "0")
    {
        Meaning = "MindIE 2: prompts first (0), by cost (1), by deadlines (2)", Why = MindIe, MindIe = MindIePaths.Schedule + "stageSelectPolicy",
        Use = Use.As("with --policy mindie: 1 is --support-select-batch, 2 takes what is nearer to its deadline, by the two times below"),
    });

    public static readonly Setting<int> PrefillExpected = _all.Row(new Setting<int>("prefill-expected-time", Section.Schedule, new WholeNumber(0, 10_000), "1500")
    {
        Meaning = "MindIE 2: milliseconds in which a prompt should have its first token", Why = MindIe, MindIe = MindIePaths.Schedule + "prefillExpectedTime", Use = _byDeadlines,
    });

    public static readonly Setting<int> DecodeExpected = _all.Row(new Setting<int>("decode-expected-time", Section.Schedule, new WholeNumber(0, 10_000), "50")
    {
        Meaning = "MindIE 2: milliseconds in which an answer should have its next token", Why = MindIe, MindIe = MindIePaths.Schedule + "decodeExpectedTime", Use = _byDeadlines,
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}
