using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Kdsl.Tests.Reliability;

/// <summary>A connection of HTTP/1.1 that is kept and used by hand: a reset, which a pooling client hides by trying again, is an exception here.</summary>
sealed class KeptConnection : IDisposable
{
    readonly TcpClient _client = new();
    BufferedStream _stream = null!;
    Dictionary<string, string> _headers = [];

    /// <summary>The last response closes the connection.</summary>
    public bool Closes => _headers.GetValueOrDefault("connection") == "close";

    public static async Task<KeptConnection> OpenAsync(Uri server)
    {
        var connection = new KeptConnection();
        await connection._client.ConnectAsync(server.Host, server.Port);
        connection._stream = new BufferedStream(connection._client.GetStream());
        return connection;
    }

    /// <summary>Sends a request and reads its whole response.</summary>
    public async Task<(int Status, string Body)> PostAsync(string path, string json)
    {
        int status = await SendAsync(path, json);
        return (status, await ReadBodyAsync());
    }

    /// <summary>Sends a request and reads the head of its response, which a stream sends with its first event: its status.</summary>
    public async Task<int> SendAsync(string path, string json)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
        await _stream.FlushAsync();
        string status = await LineAsync();
        _headers = [];
        while (await LineAsync() is { Length: > 0 } line)
            _headers[line[..line.IndexOf(':')].ToLowerInvariant()] = line[(line.IndexOf(':') + 1)..].Trim();
        return int.Parse(status.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the body of that response; one that is cut off is an exception.</summary>
    public async Task<string> ReadBodyAsync()
    {
        if (_headers.TryGetValue("content-length", out string? length))
            return Encoding.UTF8.GetString(await BytesAsync(int.Parse(length, CultureInfo.InvariantCulture)));
        var body = new List<byte>();
        while (int.Parse(await LineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.AddRange(await BytesAsync(size));
            await LineAsync();
        }

        await LineAsync();
        return Encoding.UTF8.GetString([.. body]);
    }

    /// <summary>Reads the end of the connection: nothing more comes, and it is no reset.</summary>
    public async Task ReadEndAsync() => Assert.Equal(0, await _stream.ReadAsync(new byte[1]));

    public void Dispose() => _client.Dispose();

    async Task<string> LineAsync()
    {
        var line = new List<byte>();
        while (line is not [.., (byte)'\r', (byte)'\n'])
            line.AddRange(await BytesAsync(1));
        return Encoding.ASCII.GetString([.. line[..^2]]);
    }

    async Task<byte[]> BytesAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
