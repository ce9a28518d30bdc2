using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Softly.Parquet;

/// <summary>A leaf column of one row group, read entry by entry.</summary>
internal abstract class ColumnCursor
{
    private readonly int[] _definitions, _repetitions;
    private readonly int _full, _count;
    private int _entry, _value;

    private ColumnCursor(DataField field, RawColumnData data, int values)
    {
        _full = field.MaxDefinitionLevel;
        _definitions = _full > 0 ? data.DefinitionLevels.ToArray() : [];
        _repetitions = field.MaxRepetitionLevel > 0 ? data.RepetitionLevels.ToArray() : [];
        _count = _full > 0 ? _definitions.Length : values;
        if (_repetitions.Length > 0 && _repetitions.Length != _count)
            throw new InvalidDataException($"column '{field.Path}' has {_count} entries and {_repetitions.Length} repetitions");
    }

    /// <summary>Whether all entries were read.</summary>
    public bool IsAtEnd => _entry >= _count;

    /// <summary>How much of the path is there at the next entry.</summary>
    public int Definition => IsAtEnd ? throw Short() : _full > 0 ? _definitions[_entry] : 0;

    /// <summary>Which list the next entry goes on with.</summary>
    public int Repetition => IsAtEnd ? throw Short() : _repetitions.Length > 0 ? _repetitions[_entry] : 0;

    /// <summary>Passes over an entry without a value.</summary>
    public void Skip()
    {
        if (Definition == _full) throw new InvalidDataException("columns of one group disagree about what is there");
        _entry++;
    }

    /// <summary>Writes the next entry's value, or null where it has none.</summary>
    public void WriteValue(Utf8JsonWriter json)
    {
        if (Next() is { } at) Write(json, at);
        else json.WriteNullValue();
    }

    /// <summary>The next entry's text; null where it has none.</summary>
    public string? NextText() => Next() is { } at ? Text(at) : null;

    /// <summary>A column's entries.</summary>
    public static ColumnCursor Read(ParquetRowGroupReader reader, DataField field)
    {
        using var data = reader.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();
        return data switch
        {
            RawColumnData<ReadOnlyMemory<char>> texts => new Of<string>(
                field, data, [.. texts.Values.ToArray().Select(t => t.ToString())], (json, text) => json.WriteStringValue(text)),
            RawColumnData<ReadOnlyMemory<byte>> bytes => new Of<string>(
                field, data, [.. bytes.Values.ToArray().Select(b => Convert.ToBase64String(b.Span))],
                (json, text) => json.WriteStringValue(text)),
            RawColumnData<bool> flags => new Of<bool>(
                field, data, flags.Values.ToArray(), (json, flag) => json.WriteBooleanValue(flag)),
            RawColumnData<float> numbers => new Of<float>(field, data, numbers.Values.ToArray(), (json, x) =>
            {
                if (float.IsFinite(x)) json.WriteNumberValue(x);
                else json.WriteNullValue();
            }),
            RawColumnData<double> numbers => new Of<double>(field, data, numbers.Values.ToArray(), (json, x) =>
            {
                if (double.IsFinite(x)) json.WriteNumberValue(x);
                else json.WriteNullValue();
            }),
            RawColumnData<sbyte> n => Whole(field, n),
            RawColumnData<byte> n => Whole(field, n),
            RawColumnData<short> n => Whole(field, n),
            RawColumnData<ushort> n => Whole(field, n),
            RawColumnData<int> n => Whole(field, n),
            RawColumnData<uint> n => Whole(field, n),
            RawColumnData<long> n => Whole(field, n),
            RawColumnData<ulong> n => Whole(field, n),
            RawColumnData<decimal> n => Whole(field, n),
            RawColumnData<DateTime> t => Time(field, t, "O"),
            RawColumnData<DateOnly> t => Time(field, t, "O"),
            RawColumnData<TimeOnly> t => Time(field, t, "O"),
            RawColumnData<TimeSpan> t => Time(field, t, "c"),
            RawColumnData<Guid> t => Time(field, t, "D"),
            _ => throw new InvalidDataException($"column '{field.Path}' is of type {field.ClrType.Name}, which is not read"),
        };
    }

    private protected abstract int Values { get; }

    private protected abstract void Write(Utf8JsonWriter json, int at);

    private protected abstract string Text(int at);

    private int? Next()
    {
        var isThere = Definition == _full;
        _entry++;
        if (!isThere) return null;
        return _value < Values ? _value++ : throw Short();
    }

    private static InvalidDataException Short() => new("a column has fewer values than its group has rows");

    private static Of<T> Whole<T>(DataField field, RawColumnData<T> data) where T : struct, INumber<T> => new(
        field, data, data.Values.ToArray(), (json, n) => json.WriteRawValue(n.ToString(null, CultureInfo.InvariantCulture)));

    private static Of<T> Time<T>(DataField field, RawColumnData<T> data, string format) where T : struct, IFormattable => new(
        field, data, data.Values.ToArray(), (json, t) => json.WriteStringValue(t.ToString(format, CultureInfo.InvariantCulture)));

    private sealed class Of<T>(DataField field, RawColumnData data, T[] values, Action<Utf8JsonWriter, T> write)
        : ColumnCursor(field, data, values.Length)
    {
        private protected override int Values => values.Length;

        private protected override void Write(Utf8JsonWriter json, int at) => write(json, values[at]);

        private protected override string Text(int at) => values[at]?.ToString() ?? "";
    }
}
