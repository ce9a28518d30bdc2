using Parquet;
using Parquet.Schema;
using Softly.Runs;

namespace Softly.Parquet;

/// <summary>All answers of an evaluation as one Parquet file, for those who go on with them elsewhere: a row an answer.</summary>
public static class SampleTable
{
    /// <summary>Writes the file, whole or not at all; a part is a row group.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="parts">Benchmark, mode and answers of each part.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Write(string path, IEnumerable<(string Benchmark, string Mode, IReadOnlyList<SampleRecord> Samples)> parts)
    {
        var unfinished = path + ".unfinished";
        try
        {
            WriteAsync(unfinished, parts).GetAwaiter().GetResult();
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static async Task WriteAsync(
        string path, IEnumerable<(string Benchmark, string Mode, IReadOnlyList<SampleRecord> Samples)> parts)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. Columns.Select(c => c.Field)]), file);
        foreach (var (benchmark, mode, samples) in parts)
        {
            using var group = writer.CreateRowGroup();
            foreach (var column in Columns) await column.Write(group, benchmark, mode, samples);
        }
    }

    private static readonly Column[] Columns =
    [
        Texts("benchmark", (p, _) => p.Benchmark, required: true),
        Texts("mode", (p, _) => p.Mode, required: true),
        Texts("problem_id", (_, s) => s.ProblemId, required: true),
        Numbers<int>("sample", s => s.Sample),
        Texts("answer", (_, s) => s.Answer),
        Numbers<int>("answer_class", s => s.AnswerClass),
        Numbers<double>("score", s => double.IsNaN(s.Score) ? null : s.Score),
        Texts("verdict", (_, s) => s.Verdict, required: true),
        Texts("reason", (_, s) => s.Reason, required: true),
        Numbers<int>("prompt_tokens", s => s.PromptTokens),
        Numbers<int>("tokens", s => s.Tokens),
        Numbers<int>("thought_tokens", s => s.ThoughtTokens),
        Texts("finish_reason", (_, s) => s.FinishReason, required: true),
        Numbers<double>("entropy", s => s.Entropy),
        Numbers<double>("first_entropy", s => s.FirstEntropy),
        Texts("completion", (_, s) => s.Completion, required: true),
    ];

    private readonly record struct Part(string Benchmark, string Mode);

    private sealed record Column(
        DataField Field, Func<ParquetRowGroupWriter, string, string, IReadOnlyList<SampleRecord>, Task> Write);

    private static Column Texts(string name, Func<Part, SampleRecord, string?> of, bool required = false)
    {
        var field = new DataField<string>(name, nullable: !required);
        return new Column(field, (group, benchmark, mode, samples) =>
            group.WriteAsync(field, [.. samples.Select(s => of(new Part(benchmark, mode), s)!)]));
    }

    private static Column Numbers<T>(string name, Func<SampleRecord, T?> of) where T : struct
    {
        var field = new DataField<T>(name, nullable: true);
        return new Column(field, (group, _, _, samples) =>
            group.WriteAsync<T>(field, (ReadOnlyMemory<T?>)samples.Select(of).ToArray()));
    }
}
