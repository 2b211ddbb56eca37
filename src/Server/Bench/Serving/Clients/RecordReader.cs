using System.Diagnostics;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Cuts a stream of bytes at a delimiter, however the bytes come, and remembers when each record was complete.</summary>
sealed class RecordReader(Stream stream, byte delimiter)
{
    const int FirstSize = 4096, MostBytes = 64 << 20;

    byte[] _buffer = new byte[FirstSize];
    int _start, _searched, _end;
    bool _ended;

    /// <summary>When the last record's delimiter was there, of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Arrived { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>The next record without its delimiter, valid until the next call; null: the stream has ended. What follows the last delimiter is a record too.</summary>
    /// <exception cref="RequestFailedException">A record is longer than 64 MiB.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_searched, _end - _searched).IndexOf(delimiter);
            if (length >= 0)
            {
                var record = _buffer.AsMemory(_start, _searched + length - _start);
                _start = _searched += length + 1;
                return record;
            }

            _searched = _end;
            if (_ended)
            {
                var rest = _buffer.AsMemory(_start, _end - _start);
                _start = _end;
                // Typed: a plain null would become an empty Memory.
                return rest.IsEmpty ? (ReadOnlyMemory<byte>?)null : rest;
            }

            MakeRoom();
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            Arrived = Stopwatch.GetTimestamp();
            _ended = read == 0;
            _end += read;
        }
    }

    void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_searched, _end, _start) = (_searched - _start, _end - _start, 0);
        }

        if (_end < _buffer.Length)
            return;
        if (_buffer.Length >= MostBytes)
            throw new RequestFailedException($"the server sent a record of more than {MostBytes >> 20} MiB");
        Array.Resize(ref _buffer, 2 * _buffer.Length);
    }
}
