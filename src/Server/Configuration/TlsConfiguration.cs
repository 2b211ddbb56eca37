using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>Files of one plane's TLS; paths as they can be opened.</summary>
/// <param name="Certificate">PEM.</param>
/// <param name="Key">PEM.</param>
/// <param name="KeyPasswordFile">null: the key has none.</param>
/// <param name="CaFiles">Authorities of clients' certificates; none: clients need none.</param>
/// <param name="RevokedFiles">Lists of revoked certificates.</param>
sealed record TlsConfiguration(string? Certificate, string? Key, string? KeyPasswordFile, IReadOnlyList<string> CaFiles, IReadOnlyList<string> RevokedFiles)
{
    /// <summary>Those of requests.</summary>
    public static TlsConfiguration OfRequests(EffectiveConfiguration e) => new(
        e.Path(TlsSettings.Certificate), e.Path(TlsSettings.Key), e.Path(TlsSettings.KeyPassword),
        In(e.Path(TlsSettings.CaFolder), e.Get(TlsSettings.CaFiles)), In(e.Path(TlsSettings.RevokedFolder), e.Get(TlsSettings.RevokedFiles)));

    /// <summary>Those of management; what is not given is that of requests.</summary>
    public static TlsConfiguration OfManagement(EffectiveConfiguration e)
    {
        var requests = OfRequests(e);
        var (authorities, revoked) = (e.Get(TlsSettings.ManagementCaFiles), e.Get(TlsSettings.ManagementRevokedFiles));
        return new(
            e.Path(TlsSettings.ManagementCertificate) ?? requests.Certificate, e.Path(TlsSettings.ManagementKey) ?? requests.Key, e.Path(TlsSettings.ManagementKeyPassword) ?? requests.KeyPasswordFile,
            authorities.Length > 0 ? In(e.Path(TlsSettings.CaFolder), authorities) : requests.CaFiles,
            revoked.Length > 0 ? In(e.Path(TlsSettings.ManagementRevokedFolder), revoked) : requests.RevokedFiles);
    }

    static IReadOnlyList<string> In(string? folder, string[] files) => [.. files.Select(f => folder is null ? f : Path.Combine(folder, f))];
}
