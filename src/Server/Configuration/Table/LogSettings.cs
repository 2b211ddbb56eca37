using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>The log.</summary>
static class LogSettings
{
    /// <summary>The word for JSON lines.</summary>
    public const string Json = "json";

    static readonly Use _stderr = Use.None("the log goes to stderr; keeping it is the service manager's");

    static readonly SettingList _all = [];

    public static readonly Setting<string> Level = _all.Row(new Setting<string>("log-level", Section.Log, new Choice("Verbose", "Debug", "Info", "Warning", "Error"), "Warning")
    {
        Meaning = "What is logged: this and what is worse", MindIe = MindIePaths.Log + "logLevel", Use = Use.As("Info has a line for each request"),
    });

    public static readonly Setting<string> Format = _all.Row(new Setting<string>("log-format", Section.Log, new Choice("text", Json), "text")
    {
        Meaning = "Lines for people, or JSON objects with the request's id", Use = Use.As("the form of every line"),
    });

    public static readonly Setting<int> FileSize = _all.Row(new Setting<int>("log-file-size", Section.Log, new WholeNumber(0, 500), "20")
    {
        Meaning = "Megabytes of a file of the log", Why = "MindIE's limits", MindIe = MindIePaths.Log + "logFileSize", Use = _stderr,
    });

    public static readonly Setting<int> FileCount = _all.Row(new Setting<int>("log-file-num", Section.Log, new WholeNumber(0, 64), "20")
    {
        Meaning = "Files of the log that are kept", Why = "MindIE's limits", MindIe = MindIePaths.Log + "logFileNum", Use = _stderr,
    });

    public static readonly Setting<string?> Path = _all.Row(new Setting<string?>("log-path", Section.Log, new FilePath())
    {
        Meaning = "The file of the log", MindIe = MindIePaths.Log + "logPath", Unset = "stderr", Use = _stderr,
    });

    public static readonly Setting<string?> Targets = _all.Row(new Setting<string?>("mindie-log-to-stdout", Section.Log, new AnyText())
    {
        Meaning = "Parts of MindIE that log to stdout", OtherVariables = ["MINDIE_LOG_TO_STDOUT"], Use = _stderr,
    });

    public static readonly Setting<string?> Monitor = _all.Row(new Setting<string?>("service-monitor-mode", Section.Log, new AnyText())
    {
        Meaning = "MindIE: whether there are metrics", OtherVariables = ["MIES_SERVICE_MONITOR_MODE"], Use = Use.None("metrics need no switch"),
    });

    public static readonly Setting<string?> Benchmark = _all.Row(new Setting<string?>("benchmark-enable", Section.Log, new AnyText())
    {
        Meaning = "MindIE: whether answers carry batch sizes and times", OtherVariables = ["MINDIE_LLM_BENCHMARK_ENABLE"], Use = Use.None("they do where a request asks for details"),
    });

    public static readonly Setting<string?> AverageWindow = _all.Row(new Setting<string?>("dynamic-average-window-size", Section.Log, new AnyText())
    {
        Meaning = "MindIE: requests that its moving averages span", OtherVariables = ["DYNAMIC_AVERAGE_WINDOW_SIZE"], Use = Use.None("averages are what /metrics has histograms for"),
    });

    /// <summary>MindIE's word for a level, as .NET's.</summary>
    public static LogLevel LevelOf(string word) => word switch
    {
        "Verbose" => LogLevel.Trace,
        "Debug" => LogLevel.Debug,
        "Info" => LogLevel.Information,
        "Error" => LogLevel.Error,
        _ => LogLevel.Warning,
    };

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}
