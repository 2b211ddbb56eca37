using System.Text;
using System.Text.Json;

namespace Kdsl.Configuration.Files;

/// <summary>Reads a JSON object with the line of each value.</summary>
ref struct JsonSettings
{
    readonly SettingsFile.Builder _found = new();
    readonly ReadOnlySpan<byte> _json;
    Utf8JsonReader _reader;
    int _line = 1;
    long _counted;

    JsonSettings(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = SettingsFile.MostDepth });
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="ConfigurationException">Not JSON, or not an object: says in which line.</exception>
    public static SettingsFile Read(string file, ReadOnlySpan<byte> json)
    {
        // A mark of byte order is no JSON, but editors write it.
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        var reader = new JsonSettings(json);
        try
        {
            reader._reader.Read();
            if (reader._reader.TokenType != JsonTokenType.StartObject)
                throw new ConfigurationException($"{file}:1: begins with a JSON {reader._reader.TokenType}; expected an object of settings.");
            reader.ReadObject("");
            reader._reader.Read();
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{file}:{(e.LineNumber ?? 0) + 1}: is not valid JSON: {Sentence(e.Message)}.", e);
        }
        catch (InvalidOperationException e)
        {
            // A string with half a surrogate pair, or bytes that are not UTF-8.
            throw new ConfigurationException($"{file}:{reader.Line()}: is not valid JSON: {e.Message.TrimEnd('.')}.", e);
        }
        return reader._found.Build(file);
    }

    void ReadObject(string path)
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = path.Length == 0 ? _reader.GetString()! : $"{path}.{_reader.GetString()}";
            _found.Name(name, Line());
            _reader.Read();
            ReadValue(name);
        }
    }

    void ReadValue(string path)
    {
        int line = Line();
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.StartObject:
                _found.Add(new FileValue(path, "", line, Shape.Object));
                ReadObject(path);
                break;
            case JsonTokenType.StartArray:
                ReadArray(path, line);
                break;
            default:
                _found.Add(new FileValue(path, Scalar(), line));
                break;
        }
    }

    void ReadArray(string path, int line)
    {
        var list = new StringBuilder("[");
        int objects = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType == JsonTokenType.StartObject) ReadValue($"{path}[{objects++}]");
            else AppendItem(list);
        }
        if (objects == 0) _found.Add(new FileValue(path, list.Append(']').ToString(), line, Shape.List));
    }

    /// <summary>An item of a list; what objects hold within lists of lists is nobody's setting.</summary>
    void AppendItem(StringBuilder list)
    {
        if (list[^1] != '[') list.Append(',');
        if (_reader.TokenType == JsonTokenType.StartArray)
        {
            list.Append('[');
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) AppendItem(list);
            list.Append(']');
        }
        else if (_reader.TokenType == JsonTokenType.StartObject)
        {
            _reader.Skip();
            list.Append("{}");
        }
        else
        {
            list.Append(_reader.TokenType == JsonTokenType.String ? CompactList.Quote(_reader.GetString()!) : Scalar());
        }
    }

    readonly string Scalar() => _reader.TokenType == JsonTokenType.String ? _reader.GetString()! : Encoding.UTF8.GetString(_reader.ValueSpan);

    /// <summary>The line of the token that was read; they are asked for in order.</summary>
    int Line()
    {
        _line += _json[(int)_counted..(int)_reader.TokenStartIndex].Count((byte)'\n');
        _counted = _reader.TokenStartIndex;
        return _line;
    }

    /// <summary>The library's message without where it was, which is said already.</summary>
    static string Sentence(string message) => message.Split(" LineNumber:")[0].TrimEnd('.');
}
