using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Softly.Tasks;

namespace Softly.Parquet;

/// <summary>
/// Reads a Parquet file's rows as the records that a file of JSON lines would have: structs are objects, lists and maps are
/// lists and objects, whatever their nesting. One row group is held at a time. Lengths that a file claims are checked against the
/// file before anything of that size is made.
/// </summary>
public static class ParquetRecords
{
    /// <summary>The most values of a column in one row group: more is hardly a data set, and could fill the memory.</summary>
    private const long MostValues = 1 << 24;

    /// <summary>What a value may need in memory, for each byte that the file has: compression beyond it is an attack.</summary>
    private const long MostExpansion = 1024;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a file is read here, by its name.</summary>
    public static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    /// <summary>The records with their row numbers, from 1. A record lives until the next is asked for.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DatasetException">The file is missing, no Parquet, or damaged.</exception>
    public static IEnumerable<(int Line, JsonElement Record)> Read(string path)
    {
        using var file = Open(path);
        using var rows = new RowGroups(path, file);
        var buffer = new ArrayBufferWriter<byte>();
        var number = 0;
        for (var group = 0; group < rows.Count; group++)
        {
            var table = rows.Read(group);
            for (long row = 0; row < table.Rows; row++)
            {
                buffer.ResetWrittenCount();
                using var document = Guarded(path, () =>
                {
                    using (var json = new Utf8JsonWriter(buffer, Plain)) table.Write(json);
                    return JsonDocument.Parse(buffer.WrittenMemory);
                });
                yield return (++number, document.RootElement);
            }
            Guarded(path, table.End);
        }
    }

    private static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new DatasetException($"{path} is a folder; expected a Parquet file");
        if (!File.Exists(path)) throw new DatasetException($"{path}: there is no such dataset file");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path}: cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Whatever a damaged file does to its reader is said in one sentence.</summary>
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (DatasetException or OperationCanceledException))
        {
            throw new DatasetException($"{path}: not a Parquet file that can be read: {e.Message}", e);
        }
    }

    private static void Guarded(string path, Action read) => Guarded(path, () =>
    {
        read();
        return true;
    });

    /// <summary>The row groups of a file.</summary>
    private sealed class RowGroups : IDisposable
    {
        private readonly string _path;
        private readonly long _length;
        private readonly ParquetReader _reader;
        private readonly ParquetSchema _schema;

        public RowGroups(string path, Stream file)
        {
            (_path, _length) = (path, file.Length);
            (_reader, _schema) = Guarded(path, () =>
            {
                var reader = ParquetReader.CreateAsync(file, new ParquetOptions { TreatByteArrayAsString = true })
                    .GetAwaiter().GetResult();
                return (reader, reader.Schema); // which is decoded only now
            });
            if (_schema.Fields.Count == 0) throw new DatasetException($"{path}: the Parquet file has no columns");
        }

        public int Count => Guarded(_path, () => _reader.RowGroupCount);

        public ColumnTable Read(int group) => Guarded(_path, () =>
        {
            using var reader = _reader.OpenRowGroupReader(group);
            foreach (var field in _schema.DataFields) Check(reader, field);
            return new ColumnTable(_path, _schema.Fields, reader);
        });

        public void Dispose() => _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();

        /// <summary>A column chunk must lie in the file and not claim what cannot be in it.</summary>
        private void Check(ParquetRowGroupReader reader, DataField field)
        {
            if (reader.RowCount is < 0 or > MostValues)
                throw Wrong($"a row group claims {reader.RowCount:N0} rows; expected at most {MostValues:N0}");
            if (reader.GetMetadata(field)?.MetaData is not { } chunk)
                throw Wrong($"column '{field.Path}' has no data");
            var begin = chunk.DictionaryPageOffset is > 0 and var dictionary
                ? Math.Min(chunk.DataPageOffset, dictionary)
                : chunk.DataPageOffset;
            if (begin < 4 || chunk.TotalCompressedSize < 0 || begin > _length - chunk.TotalCompressedSize)
                throw Wrong($"column '{field.Path}' lies outside of the file: it is cut short or damaged");
            if (chunk.NumValues is < 0 or > MostValues)
                throw Wrong($"column '{field.Path}' claims {chunk.NumValues:N0} values; expected at most {MostValues:N0}");
            if (chunk.TotalUncompressedSize / MostExpansion > Math.Max(1024, chunk.TotalCompressedSize))
                throw Wrong($"column '{field.Path}' claims {chunk.TotalUncompressedSize:N0} bytes in "
                    + $"{chunk.TotalCompressedSize:N0}: it is damaged");
        }

        private DatasetException Wrong(string what) => new($"{_path}: {what}");
    }
}
