using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>What only several machines have; a file that was written for them is still read.</summary>
static class ClusterSettings
{
    static readonly Use _alone = Use.None("kdsl serves from one machine");

    static readonly SettingList _all = [];

    public static readonly Setting<bool> MultiNodes = _all.Row(new Setting<bool>("multi-nodes-infer", Section.Server, new YesNo(), "false")
    {
        Meaning = "Whether several machines share the model", MindIe = MindIePaths.Backend + "multiNodesInferEnabled", Use = _alone,
    });

    public static readonly Setting<string?> RankTable = _all.Row(new Setting<string?>("rank-table-file", Section.Server, new FilePath())
    {
        Meaning = "The machines and their devices", OtherVariables = ["RANK_TABLE_FILE"], Use = _alone,
    });

    public static readonly Setting<string?> SchedulerHost = _all.Row(new Setting<string?>("ms-sched-host", Section.Server, new AnyText(256)) { Meaning = "MindSpore's scheduler", Use = _alone });
    public static readonly Setting<int?> SchedulerPort = Port("ms-sched-port", null);
    public static readonly Setting<int?> NodesPort = Port("multi-nodes-infer-port", MindIePaths.Backend + "multiNodesInferPort");
    public static readonly Setting<int?> InterCommunicationPort = Port("inter-comm-port", MindIePaths.Server + "interCommPort");

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;

    static ClusterSettings()
    {
        foreach (string group in (string[])["interCommTLSEnabled", "interCommTlsCaPath", "interCommTlsCaFiles", "interCommTlsCert", "interCommPk", "interCommPkPwd", "interCommTlsCrlPath", "interCommTlsCrlFiles"])
            Text(MindIePaths.Server, group);
        foreach (string field in (string[])["interNodeTLSEnabled", "interNodeTlsCaPath", "interNodeTlsCaFiles", "interNodeTlsCert", "interNodeTlsPk", "interNodeTlsPkPwd", "interNodeTlsCrlPath",
            "interNodeTlsCrlFiles", "interNodeKmcKsfMaster", "interNodeKmcKsfStandby"])
            Text(MindIePaths.Backend, field);
    }

    static Setting<int?> Port(string name, string? path) => _all.Row(new Setting<int?>(name, Section.Server, new WholeNumber(0, 65535))
    {
        Meaning = "A port between machines", Why = "TCP has no other ports", MindIe = path, Use = _alone,
    });

    static void Text(string path, string field)
    {
        const string Meaning = "TLS between machines";
        if (field.EndsWith("Files", StringComparison.Ordinal)) _all.Row(new Setting<string[]>(Kebab(field), Section.Server, new TextList(), "") { Meaning = Meaning, MindIe = path + field, Use = _alone });
        else _all.Row(new Setting<string?>(Kebab(field), Section.Server, new FilePath()) { Meaning = Meaning, MindIe = path + field, Use = _alone });
    }

    /// <summary>interNodeTLSEnabled: inter-node-tls-enabled.</summary>
    static string Kebab(string field) => string.Concat(field.Replace("TLS", "Tls", StringComparison.Ordinal).Select(static c => char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : c.ToString()));
}
