using System.Text.Json;
using Softly.Parquet;
using Softly.Tasks;

namespace Softly.Cli;

/// <summary>Files of records in every format that is read: Parquet by its ending, else one JSON object a line.</summary>
internal static class RecordFiles
{
    private static readonly int LongestLine = new JsonLinesOptions().LongestLine;

    /// <summary>The records with their line or row numbers, from 1. A record lives until the next is asked for.</summary>
    /// <exception cref="DatasetException">The file cannot be read.</exception>
    public static IEnumerable<(int Line, JsonElement Record)> Read(string path) =>
        ParquetRecords.IsParquet(path) ? ParquetRecords.Read(path) : JsonLinesReader.Read(path, LongestLine);
}
