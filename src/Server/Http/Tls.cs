using System.Security.Cryptography.X509Certificates;

namespace Kdsl.Http;

/// <summary>Files of a TLS listener, all PEM.</summary>
/// <param name="Certificate">The server's certificate, and the ones between it and its authority.</param>
/// <param name="Key">Its private key; null: in the same file.</param>
/// <param name="KeyPasswordFile">Where the key's password is, when it has one; blanks around it do not count.</param>
/// <param name="ClientAuthorities">Clients must have a certificate of one of these authorities; empty: they need none.</param>
/// <param name="RevocationLists">Clients whose certificate is in one of these lists are turned away.</param>
sealed record TlsFiles(string Certificate, string? Key, string? KeyPasswordFile, IReadOnlyList<string> ClientAuthorities, IReadOnlyList<string> RevocationLists);

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
    IReadOnlyList<RevocationList> _revoked;
    string _stamp;
    DateTime _checked;

    /// <summary>Reads the files.</summary>
    /// <param name="warn">Is told of files that have become unreadable.</param>
    /// <exception cref="IOException">A file is missing, or is not what it should be: names it.</exception>
    public TlsCertificates(TlsFiles files, Action<string> warn)
    {
        (_files, _warn) = (files, warn);
        (_certificate, _authorities, _revoked) = Read();
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

    /// <summary>Whether a client's certificate comes from one of the authorities, and none on the way to it is revoked.</summary>
    public bool Accepts(X509Certificate2 client)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // The framework would ask the authorities over the network.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        IReadOnlyList<RevocationList> revoked;
        lock (_lock)
        {
            Refresh();
            chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
            revoked = _revoked;
        }

        return chain.Build(client) && !chain.ChainElements.Any(element => revoked.Any(list => list.Holds(element.Certificate)));
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
            (_certificate, _authorities, _revoked) = Read();
        }
        catch (IOException e)
        {
            _warn($"{e.Message} The certificate read before stays in use.");
        }
    }

    (X509Certificate2, X509Certificate2Collection, IReadOnlyList<RevocationList>) Read()
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

            var revoked = new List<RevocationList>();
            foreach (string file in _files.RevocationLists)
            {
                at = file;
                var lists = RevocationList.Read(file);
                revoked.AddRange(lists);
                if (lists.Min(static list => list.NextUpdate) is { } next && next < DateTimeOffset.UtcNow)
                    _warn($"{file} is out of date since {next:yyyy-MM-dd}; get a new list of revoked certificates from their authority. It stays in use.");
            }

            return (certificate, authorities, revoked);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            string what = _files.RevocationLists.Contains(at) ? "TLS, revoked certificates" : $"TLS certificate; key {_files.Key ?? "in the same file"}";
            throw new IOException($"{at} ({what}) cannot be used: {e.Message.TrimEnd('.')}. PEM files are expected: a certificate and the key that belongs to it, authorities, lists of revoked certificates.", e);
        }
    }

    string Stamp() => string.Join(';', _files.ClientAuthorities.Concat(_files.RevocationLists).Append(_files.Certificate).Append(_files.Key ?? _files.Certificate)
        .Select(file => File.Exists(file) ? $"{File.GetLastWriteTimeUtc(file).Ticks}:{new FileInfo(file).Length}" : "-"));
}
