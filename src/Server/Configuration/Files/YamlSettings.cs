using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kdsl.Configuration.Files;

/// <summary>Reads the first document of a YAML file, a mapping, with the line of each value: from the library's events, which need no reflection.</summary>
sealed class YamlSettings
{
    readonly SettingsFile.Builder _found = new();
    readonly IParser _parser;
    readonly string _file;

    YamlSettings(string file, IParser parser) => (_file, _parser) = (file, parser);

    /// <summary>Reads it.</summary>
    /// <exception cref="ConfigurationException">Not YAML, not a mapping, or with aliases: says in which line.</exception>
    public static SettingsFile Read(string file, byte[] yaml)
    {
        using var text = new StreamReader(new MemoryStream(yaml), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            var reader = new YamlSettings(file, new Parser(text));
            reader.ReadDocument();
            return reader._found.Build(file);
        }
        catch (YamlException e)
        {
            throw new ConfigurationException($"{file}:{e.Start.Line}: is not valid YAML: {e.Message.TrimEnd('.')}.", e);
        }
        catch (Exception e) when (e is DecoderFallbackException or ArgumentException or InvalidOperationException)
        {
            throw new ConfigurationException($"{file}: is not valid YAML: {e.Message.TrimEnd('.')}.", e);
        }
    }

    void ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _)) return;
        if (!_parser.TryConsume<MappingStart>(out _))
            throw new ConfigurationException($"{_file}:{_parser.Current?.Start.Line ?? 1}: the document is no mapping; expected names with values.");
        ReadMapping("", 1);
    }

    void ReadMapping(string path, int depth)
    {
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw new ConfigurationException($"{_file}:{_parser.Current?.Start.Line}: a name is a list, a mapping or an alias; expected a text.");
            string name = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            _found.Name(name, (int)key.Start.Line);
            ReadValue(name, (int)key.Start.Line, depth);
        }
    }

    void ReadValue(string path, int line, int depth)
    {
        if (depth > SettingsFile.MostDepth)
            throw new ConfigurationException($"{_file}:{line}: more than {SettingsFile.MostDepth} levels of mappings and lists; files of settings have fewer.");
        if (_parser.TryConsume<MappingStart>(out _))
        {
            _found.Add(new FileValue(path, "", line, Shape.Object));
            ReadMapping(path, depth + 1);
        }
        else if (_parser.TryConsume<SequenceStart>(out _))
        {
            ReadSequence(path, line, depth);
        }
        else
        {
            var scalar = ConsumeScalar();
            if (!IsNull(scalar)) _found.Add(new FileValue(path, scalar.Value, line));
        }
    }

    void ReadSequence(string path, int line, int depth)
    {
        var list = new StringBuilder("[");
        int objects = 0;
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (_parser.Accept<MappingStart>(out _)) ReadValue($"{path}[{objects++}]", line, depth + 1);
            else AppendItem(list, depth + 1);
        }
        if (objects == 0) _found.Add(new FileValue(path, list.Append(']').ToString(), line, Shape.List));
    }

    void AppendItem(StringBuilder list, int depth)
    {
        if (list[^1] != '[') list.Append(',');
        if (!_parser.TryConsume<SequenceStart>(out var start))
        {
            var scalar = ConsumeScalar();
            list.Append(IsNull(scalar) ? "null" : IsNumber(scalar) ? scalar.Value : CompactList.Quote(scalar.Value));
            return;
        }
        if (depth > SettingsFile.MostDepth)
            throw new ConfigurationException($"{_file}:{start.Start.Line}: more than {SettingsFile.MostDepth} levels of mappings and lists; files of settings have fewer.");
        list.Append('[');
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            // A mapping in a list of lists is nobody's setting.
            if (_parser.Accept<MappingStart>(out _)) _parser.SkipThisAndNestedEvents();
            else AppendItem(list, depth + 1);
        }
        list.Append(']');
    }

    Scalar ConsumeScalar() => _parser.TryConsume<Scalar>(out var scalar) ? scalar
        : throw new ConfigurationException($"{_file}:{_parser.Current?.Start.Line}: an alias (*name) is no setting; write the value out.");

    static bool IsNull(Scalar scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";

    static bool IsNumber(Scalar scalar) => scalar.Style == ScalarStyle.Plain && double.TryParse(scalar.Value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number);
}
