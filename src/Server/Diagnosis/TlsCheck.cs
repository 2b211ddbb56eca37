using Kdsl.Configuration.Layers;
using Kdsl.Http;

namespace Kdsl.Diagnosis;

/// <summary>Certificates and keys, where there is TLS.</summary>
static class TlsCheck
{
    /// <summary>Those of all addresses.</summary>
    public static Finding Run(ServerOptions options)
    {
        var checks = options.TlsInUse.Select(Check).ToArray();
        string[] faults = [.. checks.SelectMany(static c => c.Faults).Distinct()];
        return new("TLS", faults, checks.Length == 0 ? "off" : string.Join("; ", checks.Select(static c => c.Summary).Distinct()));
    }

    static (IReadOnlyList<string> Faults, string Summary) Check(TlsFiles tls)
    {
        string key = tls.Key ?? tls.Certificate;
        var faults = new List<string>();
        foreach (var (file, what) in (IEnumerable<(string, string)>)[(tls.Certificate, "certificate"), (key, "key"), .. tls.ClientAuthorities.Select(static f => (f, "authority")),
            .. tls.RevocationLists.Select(static f => (f, "list of revoked certificates"))])
            if (!File.Exists(file)) faults.Add($"the {what} of TLS is '{file}', which is not there");
        if (File.Exists(key) && FilePermissions.FaultOfKey(key) is { } readable) faults.Add(readable);
        if (faults.Count > 0) return (faults, "");
        try
        {
            var certificate = new TlsCertificates(tls, warning => faults.Add(warning.TrimEnd('.'))).Current;
            if (certificate.NotAfter < DateTime.Now) faults.Add($"{tls.Certificate} expired on {certificate.NotAfter:yyyy-MM-dd}; get a new one");
            return (faults, $"{certificate.Subject}, until {certificate.NotAfter:yyyy-MM-dd}");
        }
        catch (IOException e)
        {
            return ([e.Message.TrimEnd('.')], "");
        }
    }
}
