using System.Security.Cryptography.X509Certificates;

namespace Kdsl.Http;

/// <summary>Files of a TLS listener, all PEM.</summary>
/// <param name="Certificate">The server's certificate, and the ones between it and its authority.</param>
/// <param name="Key">Its private key; null: in the same file.</param>
/// <param name="KeyPasswordFile">Where the key's password is, when it has one; blanks around it do not count.</param>
/// <param name="ClientAuthorities">Clients must have a certificate of one of these authorities; empty: they need none.</param>
sealed record TlsFiles(string Certificate, string? Key, string? KeyPasswordFile, IReadOnlyList<string> ClientAuthorities);

/// <summary>
/// The certificates of a listener, read again when a file has changed: renewing them needs no restart, and connections that are open stay. A file that
/// cannot be read leaves the certificate before in use, and says so.
/// </summary>
sealed class TlsCertificates
{
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    readonly TlsFiles _files;
    readonly Action<string> _warn;
    readonly Lock _lock = new();
    X509Certificate2 _certificate;
    X509Certificate2Collection _authorities;
    string _stamp;
    DateTime _checked;

    /// <summary>Reads the files.</summary>
    /// <param name="warn">Is told of files that have become unreadable.</param>
    /// <exception cref="IOException">A file is missing, or is not what it should be: names it.</exception>
    public TlsCertificates(TlsFiles files, Action<string> warn)
    {
        (_files, _warn) = (files, warn);
        (_certificate, _authorities) = Read();
        _stamp = Stamp();
        _checked = DateTime.UtcNow;
    }

    /// <summary>The server's certificate.</summary>
    public X509Certificate2 Current
    {
        get
        {
            lock (_lock)
            {
                Refresh();
                return _certificate;
            }
        }
    }

    /// <summary>Clients must have a certificate.</summary>
    public bool WantsClients => _files.ClientAuthorities.Count > 0;

    /// <summary>Whether a client's certificate comes from one of the authorities.</summary>
    public bool Accepts(X509Certificate2 client)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        lock (_lock)
        {
            Refresh();
            chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        return chain.Build(client);
    }

    void Refresh()
    {
        if (DateTime.UtcNow - _checked < _interval)
            return;
        _checked = DateTime.UtcNow;
        if (Stamp() is var stamp && stamp == _stamp)
            return;
        _stamp = stamp;
        try
        {
            (_certificate, _authorities) = Read();
        }
        catch (IOException e)
        {
            _warn($"{e.Message} The certificate read before stays in use.");
        }
    }

    (X509Certificate2, X509Certificate2Collection) Read()
    {
        string at = _files.Certificate;
        try
        {
            var certificate = _files.KeyPasswordFile is { } password
                ? X509Certificate2.CreateFromEncryptedPemFile(at, File.ReadAllText(password).Trim(), _files.Key ?? at)
                : X509Certificate2.CreateFromPemFile(at, _files.Key);
            var authorities = new X509Certificate2Collection();
            foreach (string file in _files.ClientAuthorities)
            {
                at = file;
                authorities.ImportFromPemFile(file);
            }

            return (certificate, authorities);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{at} (TLS certificate; key {_files.Key ?? "in the same file"}) cannot be used: {e.Message.TrimEnd('.')}. PEM files are expected, a certificate and the key that belongs to it.", e);
        }
    }

    string Stamp() => string.Join(';', _files.ClientAuthorities.Append(_files.Certificate).Append(_files.Key ?? _files.Certificate)
        .Select(file => File.Exists(file) ? $"{File.GetLastWriteTimeUtc(file).Ticks}:{new FileInfo(file).Length}" : "-"));
}
