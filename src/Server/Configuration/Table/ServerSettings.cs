using System.Net;
using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>Addresses and limits of the HTTP server.</summary>
static class ServerSettings
{
    const string Ports = "TCP has no other ports";

    static readonly SettingList _all = [];

    public static readonly Setting<IPAddress> Host = _all.Row(new Setting<IPAddress>("host", Section.Server, new Address(), "127.0.0.1")
    {
        Meaning = "Address to listen on, or localhost", Aliases = ["--ip"], OtherVariables = ["MIES_CONTAINER_IP"], MindIe = MindIePaths.Server + "ipAddress",
        Use = Use.As("requests are taken there"),
    });

    public static readonly Setting<int> Port = _all.Row(new Setting<int>("port", Section.Server, new WholeNumber(0, 65535), "8080")
    {
        Meaning = "Port to listen on; 0 takes a free one", Why = Ports, MindIe = MindIePaths.Server + "port",
        Use = Use.As("requests are taken there"),
    });

    public static readonly Setting<IPAddress?> ManagementHost = _all.Row(new Setting<IPAddress?>("management-host", Section.Server, new Address())
    {
        Meaning = "Address of health and metrics", Unset = "that of --host", Aliases = ["--management-ip"], MindIe = MindIePaths.Server + "managementIpAddress",
        Use = Use.As("routes for operators are there, and only there where it differs"),
    });

    public static readonly Setting<int?> ManagementPort = _all.Row(new Setting<int?>("management-port", Section.Server, new WholeNumber(0, 65535))
    {
        Meaning = "Port of health and management", Unset = "that of --port", Why = Ports, MindIe = MindIePaths.Server + "managementPort",
        Use = Use.As("routes for operators are there, and only there where it differs"),
    });

    public static readonly Setting<int?> MetricsPort = _all.Row(new Setting<int?>("metrics-port", Section.Server, new WholeNumber(0, 65535))
    {
        Meaning = "Port of the metrics", Unset = "that of --management-port", Why = Ports, MindIe = MindIePaths.Server + "metricsPort",
        Use = Use.As("/metrics is there, and only there where it differs"),
    });

    public static readonly Setting<bool?> AllowAllAddresses = _all.Row(new Setting<bool?>("allow-all-zero-ip-listening", Section.Server, new YesNo())
    {
        Meaning = "Whether 0.0.0.0 and :: may be listened on", Unset = "they may, with a warning", MindIe = MindIePaths.Server + "allowAllZeroIpListening",
        Use = Use.As("false refuses such a --host"),
    });

    public static readonly Setting<long> MaxRequestBytes = _all.Row(new Setting<long>("max-request-bytes", Section.Server, new Size(), "8MB")
    {
        Meaning = "Larger requests are refused with 413", MindIe = MindIePaths.Server + "maxRequestLength", MindIeUnit = "MB",
        Use = Use.As("the limit of a request's body"),
    });

    public static readonly Setting<int> DrainTimeout = _all.Row(new Setting<int>("drain-timeout", Section.Server, new WholeNumber(0, 86400), "30")
    {
        Meaning = "Seconds that running requests may go on after a signal to stop", Why = "a day is the most that anybody waits for",
        Use = Use.As("then the rest is cut off"),
    });

    public static readonly Setting<int> MaxConnections = _all.Row(new Setting<int>("max-connections", Section.Server, new WholeNumber(1, 4096), "1000")
    {
        Meaning = "Connections to serve at once", Why = "MindIE's limit, which every one of its files keeps", Aliases = ["--max-link-num"], MindIe = MindIePaths.Server + "maxLinkNum",
        Use = Use.As("three times as many may be open, as in MindIE, where two of three wait; the next are closed at once"),
    });

    public static readonly Setting<int?> QueueLimit = _all.Row(new Setting<int?>("queue-limit", Section.Server, new WholeNumber(1, 1 << 20))
    {
        Meaning = "Most requests that wait; more are refused with 429", Unset = "512", Why = "a longer queue is a wait of hours",
        Use = Use.As("the reply says after which time to come again"),
    });

    public static readonly Setting<int> TokenTimeout = _all.Row(new Setting<int>("token-timeout", Section.Server, new WholeNumber(1, 3600), "600")
    {
        Meaning = "Seconds that a request may wait for its next token", Why = "MindIE's limits", MindIe = MindIePaths.Server + "tokenTimeout",
        Use = Use.As("a step that takes longer counts as hung, and readiness says so"),
    });

    public static readonly Setting<int?> RequestTimeout = _all.Row(new Setting<int?>("request-timeout", Section.Server, new WholeNumber(1, 65535))
    {
        Meaning = "Seconds that a whole request may take", Unset = "no limit: MindIE's 600 would cut an answer that thinks", Why = "MindIE's limits", MindIe = MindIePaths.Server + "e2eTimeout",
        Use = Use.As("a request that would wait so long is refused, one that takes so long is ended"),
    });

    public static readonly Setting<string[]> ApiKeys = _all.Row(new Setting<string[]>("api-keys", Section.Server, new TextList(), "")
    {
        Meaning = "Keys of which clients must send one; better a file of them", Unset = "none: everybody may ask", IsSecret = true,
        Use = Use.As("every route needs one, but health and the page"),
    });

    public static readonly Setting<string?> ApiKeyFile = _all.Row(new Setting<string?>("api-key-file", Section.Server, new FilePath())
    {
        Meaning = "A file of such keys, one a line", Use = Use.As("its keys join those of --api-keys"),
    });

    public static readonly Setting<string[]> AdminKeys = _all.Row(new Setting<string[]>("admin-keys", Section.Server, new TextList(), "")
    {
        Meaning = "Keys for the routes of operators", Unset = "those of clients", IsSecret = true,
        Use = Use.As("management and metrics take these, and clients' keys no longer"),
    });

    public static readonly Setting<string[]> CorsOrigins = _all.Row(new Setting<string[]>("cors-origins", Section.Server, new TextList(), "")
    {
        Meaning = "Origins whose pages may call from a browser, such as https://chat.example.com; localhost: those of this machine, *: all", Unset = "none: only the server's own page",
        Use = Use.As("the reply tells the browser so"),
    });

    public static readonly Setting<bool> StrictRequests = _all.Row(new Setting<bool>("strict-requests", Section.Server, new YesNo(), "false")
    {
        Meaning = "Whether requests with fields that are not used, or a max_tokens that does not fit, are refused", Use = Use.As("else a header names the fields, or the bound that was applied"),
    });

    public static readonly Setting<bool> FullText = _all.Row(new Setting<bool>("full-text", Section.Server, new YesNo(), "false")
    {
        Meaning = "Whether the last event of a streamed chat answer also carries its whole text", MindIe = MindIePaths.Server + "fullTextEnabled",
        Use = Use.As("full_text beside the choice that ends"),
    });

    public static readonly Setting<string> OpenAiSupport = _all.Row(new Setting<string>("open-ai-support", Section.Server, new AnyText(64), "vllm")
    {
        Meaning = "Which of MindIE's two readings of OpenAI's routes is meant", MindIe = MindIePaths.Server + "openAiSupport",
        Use = Use.None("OpenAI's routes follow OpenAI, with vLLM's further fields, whatever is set"),
    });

    public static readonly Setting<string> InferMode = _all.Row(new Setting<string>("infer-mode", Section.Server, new Choice("standard", "dmi"), "standard")
    {
        Meaning = "standard, or dmi: prefill and decode on different machines", MindIe = MindIePaths.Server + "inferMode",
        Use = Use.None("prefill and decode share the machine"),
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;
}
