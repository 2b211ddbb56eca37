using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kdsl.Http;

/// <summary>
/// The certificates that an authority has revoked (RFC 5280, section 5.1). Its signature is not verified: the file is the operator's, as the authorities' are.
/// </summary>
sealed class RevocationList
{
    const string Label = "X509 CRL";

    readonly byte[] _issuer;
    readonly HashSet<string> _serials = [];

    RevocationList(ReadOnlyMemory<byte> der)
    {
        var list = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer)
            list.ReadInteger();
        list.ReadSequence();
        _issuer = list.ReadEncodedValue().ToArray();
        ReadTime(list);
        if (list.HasData && list.PeekTag().TagValue is (int)UniversalTagNumber.UtcTime or (int)UniversalTagNumber.GeneralizedTime)
            NextUpdate = ReadTime(list);
        // An empty list is left out; extensions may come next.
        if (!list.HasData || list.PeekTag().TagClass == TagClass.ContextSpecific)
            return;
        var revoked = list.ReadSequence();
        while (revoked.HasData)
            _serials.Add(Convert.ToHexString(revoked.ReadSequence().ReadIntegerBytes().Span));
    }

    /// <summary>When the authority meant to publish the next one; null: not said.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>The lists of a PEM file.</summary>
    /// <exception cref="CryptographicException">There is none, or one is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<RevocationList> Read(string file)
    {
        string text = File.ReadAllText(file);
        var lists = new List<RevocationList>();
        for (int at = 0; PemEncoding.TryFind(text.AsSpan(at), out var found); at += found.Location.End.Value)
        {
            var block = text.AsSpan(at);
            if (block[found.Label] is not Label)
                throw new CryptographicException($"it holds a '{block[found.Label]}', where '{Label}' is expected");
            lists.Add(Read(Convert.FromBase64String(block[found.Base64Data].ToString())));
        }

        return lists.Count > 0 ? lists : throw new CryptographicException($"it holds no '{Label}'");
    }

    /// <summary>Whether a certificate is in it.</summary>
    public bool Holds(X509Certificate2 certificate) =>
        certificate.IssuerName.RawData.AsSpan().SequenceEqual(_issuer) && _serials.Contains(Convert.ToHexString(certificate.SerialNumberBytes.Span));

    static RevocationList Read(byte[] der)
    {
        try
        {
            return new(der);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("it is no list of revoked certificates", e);
        }
    }

    static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag().TagValue == (int)UniversalTagNumber.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
