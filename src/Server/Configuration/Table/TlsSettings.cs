using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>Certificates and keys of the HTTP server.</summary>
static class TlsSettings
{
    static readonly Use _requests = Use.As("with --https, on all ports; read again when it changes"), _management = Use.As("with --https, on ports that serve no requests; read again when it changes");

    static readonly SettingList _all = [];

    public static readonly Setting<bool> Enabled = _all.Row(new Setting<bool>("https", Section.Server, new YesNo(), "false")
    {
        Meaning = "Whether connections are encrypted", Aliases = ["--https-enabled"], MindIe = MindIePaths.Server + "httpsEnabled", Use = Use.As("HTTPS, and HTTP no longer"),
    });

    public static readonly Setting<string?> Certificate = Row("tls-certificate", "The server's certificate, PEM", "tlsCert");
    public static readonly Setting<string?> Key = Row("tls-key", "Its private key, PEM, which nobody else may read", "tlsPk");
    public static readonly Setting<string?> KeyPassword = Row("tls-key-password-file", "A file with the key's password", "tlsPkPwd");
    public static readonly Setting<string?> CaFolder = Row("tls-ca-folder", "The folder of the authorities that sign clients' certificates", "tlsCaPath");
    public static readonly Setting<string[]> CaFiles = Rows("tls-ca-files", "Their files in it, PEM", "tlsCaFile");
    public static readonly Setting<string?> RevokedFolder = Row("tls-crl-folder", "The folder of lists of revoked certificates", "tlsCrlPath");
    public static readonly Setting<string[]> RevokedFiles = Rows("tls-crl-files", "Their files in it, PEM", "tlsCrlFiles");
    public static readonly Setting<string?> ManagementCertificate = Row("management-tls-certificate", "The same of management", "managementTlsCert");
    public static readonly Setting<string?> ManagementKey = Row("management-tls-key", "The same of management", "managementTlsPk");
    public static readonly Setting<string?> ManagementKeyPassword = Row("management-tls-key-password-file", "The same of management", "managementTlsPkPwd");
    public static readonly Setting<string[]> ManagementCaFiles = Rows("management-tls-ca-files", "The same of management", "managementTlsCaFile");
    public static readonly Setting<string?> ManagementRevokedFolder = Row("management-tls-crl-folder", "The same of management", "managementTlsCrlPath");
    public static readonly Setting<string[]> ManagementRevokedFiles = Rows("management-tls-crl-files", "The same of management", "managementTlsCrlFiles");

    public static readonly Setting<string?> KeyStore = Store("kmc-master", "kmcKsfMaster");
    public static readonly Setting<string?> StandbyKeyStore = Store("kmc-standby", "kmcKsfStandby");

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;

    static Setting<string?> Row(string name, string meaning, string field) =>
        _all.Row(new Setting<string?>(name, Section.Server, new FilePath()) { Meaning = meaning, MindIe = MindIePaths.Server + field, Use = UseOf(field) });

    static Setting<string[]> Rows(string name, string meaning, string field) =>
        _all.Row(new Setting<string[]>(name, Section.Server, new TextList(), "") { Meaning = meaning, MindIe = MindIePaths.Server + field, Use = UseOf(field) });

    static Use UseOf(string field) => field.StartsWith("management", StringComparison.Ordinal) ? _management : _requests;

    static Setting<string?> Store(string name, string field) => _all.Row(new Setting<string?>(name, Section.Server, new FilePath())
    {
        Meaning = "Huawei's key store (KMC), which decrypts the key's password", MindIe = MindIePaths.Server + field, Use = Use.None("passwords of keys are plain files"),
    });
}
