using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Softly.Tasks;

namespace Softly.Parquet;

/// <summary>
/// The columns of one row group, put together to rows. Each leaf column says of each of its entries how many of the optional and
/// repeated fields above it are there (definition) and which list goes on (repetition); a value is there where all are.
/// </summary>
internal sealed class ColumnTable
{
    private readonly string _path;
    private readonly IReadOnlyList<Field> _fields;
    private readonly Dictionary<string, ColumnCursor> _columns = [];

    public ColumnTable(string path, IReadOnlyList<Field> fields, ParquetRowGroupReader reader)
    {
        (_path, _fields, Rows) = (path, fields, reader.RowCount);
        foreach (var leaf in fields.SelectMany(Leaves))
            _columns.Add(leaf.Path.ToString(), ColumnCursor.Read(reader, leaf));
    }

    /// <summary>How many rows.</summary>
    public long Rows { get; }

    /// <summary>Writes the next row.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var field in _fields)
        {
            json.WritePropertyName(field.Name);
            Write(json, field);
        }
        json.WriteEndObject();
    }

    /// <summary>Checks that the rows were all there was.</summary>
    public void End()
    {
        foreach (var (name, column) in _columns)
            if (!column.IsAtEnd) throw new DatasetException($"{_path}: column '{name}' has more values than the {Rows:N0} rows");
    }

    private void Write(Utf8JsonWriter json, Field field)
    {
        switch (field)
        {
            case DataField { IsArray: true } repeated:
                WriteRepeated(json, repeated, element => Column(element).WriteValue(json));
                break;
            case DataField leaf: Column(leaf).WriteValue(json); break;
            case ListField list: WriteRepeated(json, list, _ => Write(json, list.Item)); break;
            case MapField map: WriteMap(json, map); break;
            case StructField { Fields: var inner }:
                if (First(field).Definition < field.MaxDefinitionLevel)
                {
                    Skip(field);
                    json.WriteNullValue();
                    break;
                }
                json.WriteStartObject();
                foreach (var part in inner)
                {
                    json.WritePropertyName(part.Name);
                    Write(json, part);
                }
                json.WriteEndObject();
                break;
            default: throw new DatasetException($"{_path}: column '{field.Name}' is of a kind that is not read");
        }
    }

    /// <summary>What a repeated field holds: nothing, an empty list, or elements until another list begins.</summary>
    private void WriteRepeated<T>(Utf8JsonWriter json, T field, Action<T> element) where T : Field
    {
        var first = First(field);
        if (first.Definition < field.MaxDefinitionLevel)
        {
            var isNull = field.IsNullable && first.Definition < field.MaxDefinitionLevel - 1;
            Skip(field);
            if (isNull) json.WriteNullValue();
            else
            {
                json.WriteStartArray();
                json.WriteEndArray();
            }
            return;
        }
        json.WriteStartArray();
        do element(field);
        while (!first.IsAtEnd && first.Repetition == field.MaxRepetitionLevel);
        json.WriteEndArray();
    }

    /// <summary>An object where keys are texts, as JSON has it.</summary>
    private void WriteMap(Utf8JsonWriter json, MapField map)
    {
        if (map.Key is not DataField key || key.ClrType != typeof(ReadOnlyMemory<char>))
            throw new DatasetException($"{_path}: column '{map.Name}' is a map whose keys are no texts");
        var first = Column(key);
        if (first.Definition < map.MaxDefinitionLevel)
        {
            Skip(map);
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        do
        {
            json.WritePropertyName(first.NextText() ?? "");
            Write(json, map.Value);
        }
        while (!first.IsAtEnd && first.Repetition == map.MaxRepetitionLevel);
        json.WriteEndObject();
    }

    /// <summary>Passes over the one entry that each leaf has for something that is not there.</summary>
    private void Skip(Field field)
    {
        foreach (var leaf in Leaves(field)) Column(leaf).Skip();
    }

    private ColumnCursor First(Field field) => Column(Leaves(field).First());

    private ColumnCursor Column(DataField leaf) => _columns[leaf.Path.ToString()];

    private static IEnumerable<DataField> Leaves(Field field) => field switch
    {
        DataField leaf => [leaf],
        ListField list => Leaves(list.Item),
        MapField map => [.. Leaves(map.Key), .. Leaves(map.Value)],
        StructField { Fields.Count: > 0 } group => group.Fields.SelectMany(Leaves),
        _ => throw new DatasetException($"column '{field.Name}' holds nothing that can be read"),
    };
}
